// Clients that do not break the rules, and strain them: a byte at a time, a hundred thousand requests at once, and a
// server that is stopped and continued all the while.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

extension HostileSuites {
    @Suite("Hostile clients", .serialized) struct ClientTests {
        /// Many clients send their requests a byte at a time, and all bytes but the last lie in the server while
        /// others come and are answered. Then the last byte comes, and so does the reply.
        @Test(arguments: Stage.concurrent)
        func slowSendersHoldUpNobody(_ stage: Stage) throws {
            try withServer(stage) { server in
                let active = try server.newClient()
                let slow = try (0..<Hostile.count(300)).map { _ in try server.newClient() }
                let request = stage.encode("ECHO slow")
                for byte in request.dropLast() {
                    for client in slow { try client.send(bytes: [byte]) }
                    #expect(try active.ask("PING") == stage.pong)
                }
                Hostile.report(stage, "\(slow.count) slow senders; \(request.count - 1) PINGs answered meanwhile")
                try server.expectService(stage)
                #expect(slow.allSatisfy { !$0.hasInput })
                for client in slow {
                    try client.send(bytes: [request.last!])
                    #expect(try client.receive() == .string("slow"))
                }
            }
        }

        /// 100,000 requests in one write, and each gets its own reply, in their order. (Fewer by a factor of five where
        /// they cost two or three calls each.)
        @Test(arguments: Stage.built)
        func aHundredThousandRequestsAtOnce(_ stage: Stage) throws {
            let count = Hostile.count(stage.wireProtocol == .lengthPrefixed ? 20_000 : 100_000)
            let request = stage.encode("INCR n")
            try withServer(stage) { server in
                let client = try server.newClient()
                client.sendInBackground([[UInt8]](repeating: request, count: count).flatMap { $0 })
                var expected: [UInt8] = []
                for number in 1...count { expected += stage.encodeReply(number) }
                let replies = client.receive(exactly: expected.count)
                #expect(replies == expected, "\(replies.count) bytes came, not \(expected.count), or others")
                #expect(try client.ask("GET n") == .string("\(count)"))
                Hostile.report(stage, "\(count) requests in one write, \(count) replies in order")
            }
        }

        /// Stopped and continued hundreds of times, in the middle of everything: system calls end early (EINTR), and
        /// no client can tell.
        @Test(arguments: Stage.built)
        func aStormOfSignals(_ stage: Stage) throws {
            try withServer(stage) { server in
                let clients = try (0..<(stage.isConcurrent ? 8 : 1)).map { _ in try server.newClient() }
                // Signals that a server has no use for, and two that stop it.
                let storm = [SIGSTOP, SIGCONT, SIGCHLD, SIGURG, SIGWINCH, SIGCONT, SIGSTOP, SIGCONT]
                for round in 1...Hostile.count(100) {
                    for client in clients {
                        try client.send("INCR n")
                        for signal in storm { server.signal(signal) }
                    }
                    // Which client was served first is open; what they got together is not.
                    let numbers = try clients.map { client in
                        guard case .integer(let number) = try client.receive() else { return Int64(0) }
                        return number
                    }
                    let last = Int64(round * clients.count)
                    #expect(numbers.sorted() == Array(last - Int64(clients.count) + 1...last))
                }
                let rounds = Hostile.count(100) * clients.count
                Hostile.report(stage, "\(rounds * storm.count) signals, \(rounds) requests, \(rounds) right replies")
            }
        }
    }
}
