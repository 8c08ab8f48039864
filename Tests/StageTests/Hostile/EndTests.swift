// The end of a server that has a thousand clients, all of them with requests in flight.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

extension HostileSuites {
    @Suite("Hostile ends", .serialized) struct EndTests {
        /// Each client has sent more than the server can have answered, and reads nothing before the server has gone.
        /// Whatever it then finds are whole replies, in order.
        @Test(arguments: Stage.built, [SIGTERM, SIGINT])
        func aBusyServerEnds(_ stage: Stage, _ signal: CInt) throws {
            let count = !stage.isConcurrent ? 20 : Sanitizer.isOn ? 100 : 1000
            let texts = (0..<20).map { "\($0):".bytes + [UInt8](repeating: UInt8(ascii: "x"), count: 200) }
            let requests = texts.flatMap { stage.encode(["ECHO".bytes, $0]) }
            let replies = texts.map { stage.encodeReply($0) }
            try withServer(stage) { server in
                let clients = try (0..<count).map { _ in try server.newClient() }
                for client in clients { try client.send(bytes: requests) }
                // It is at work.
                #expect(clients[0].receive(exactly: replies[0].count) == replies[0])
                let start = Clock.monotonic
                #expect(server.endPatiently(with: signal) == .exited(0))
                Hostile.report(
                    stage, "ended \(Clock.monotonic - start) ms after signal \(signal), \(count) busy clients")
                var answered = 0
                for (index, client) in clients.enumerated() {
                    let received = client.receive(exactly: replies.count * replies[9].count + 20)
                    let expected = replies.dropFirst(index == 0 ? 1 : 0)
                    let whole = wholeReplies(in: received, of: expected)
                    #expect(whole != nil, "client \(index) got \(received.count) bytes that are not whole replies")
                    answered += whole ?? 0
                }
                Hostile.report(stage, "\(answered) of \(count * replies.count) requests were answered until then")
            }
        }

        /// How many replies there are in `bytes`, from the first on; nil if there is anything else, or a part of one.
        private func wholeReplies(in bytes: [UInt8], of replies: ArraySlice<[UInt8]>) -> Int? {
            var position = 0
            for (count, reply) in replies.enumerated() {
                if position == bytes.count { return count }
                guard bytes[position...].starts(with: reply) else { return nil }
                position += reply.count
            }
            return position == bytes.count ? replies.count : nil
        }

        /// Clients that have replies of megabytes to read, and do not: the server does not wait for them for ever.
        @Test(arguments: Stage.built)
        func whoNeverReadsDoesNotDelayTheEnd(_ stage: Stage) throws {
            let value = [UInt8](repeating: UInt8(ascii: "v"), count: 8 * Hostile.megabyte)
            try withServer(stage) { server in
                let clients = try (0..<(stage.isConcurrent ? 20 : 1)).map { _ in try server.newClient() }
                #expect(try clients[0].call(["SET".bytes, "k".bytes, value]) == stage.ok)
                for client in clients {
                    client.limitReceiveBuffer()
                    try client.send("GET k")
                }
                try eventually("the server has begun to send") { clients.allSatisfy(\.hasInput) }
                let start = Clock.monotonic
                #expect(server.endPatiently() == .exited(0))
                Hostile.report(stage, "ended after \(Clock.monotonic - start) ms, \(clients.count) never read")
            }
        }

        /// Ctrl-C again and again does not make it take longer.
        @Test(arguments: Stage.built)
        func impatienceDoesNotDelayTheEnd(_ stage: Stage) throws {
            try withServer(stage) { server in
                let client = try server.newClient()
                try server.stall(client, bytes: 8 * Hostile.megabyte)
                var status: ServerProcess.ExitStatus?
                try eventually("it ends") {
                    server.signal(SIGINT)
                    status = server.wait(within: 100)
                    return status != nil
                }
                #expect(status == .exited(0))
                extendLifetime(client)
            }
        }

        @Test(arguments: Stage.built, [SIGTERM, SIGINT])
        func whoReadsGetsTheWholeReply(_ stage: Stage, _ signal: CInt) throws {
            try Self.expectWholeReply(stage, signal) { try $0.newClient() }
        }

        /// A reply of megabytes is in flight, and its reader reads: it gets all of it. When this machine has held the
        /// reader up for most of the grace period, nothing can be told, and it is tried again.
        static func expectWholeReply(
            _ stage: Stage, _ signal: CInt, _ arguments: [String] = [], to reader: (ServerProcess) throws -> TestClient
        ) throws {
            let value = [UInt8](repeating: 7, count: 8 * Hostile.megabyte)
            let reply = stage.encodeReply(value)
            try Contract.untilFair(stage) {
                var (received, time): (Int, Int64) = (0, 0)
                try withServer(stage, arguments) { server in
                    let client = try reader(server)
                    try server.stall(client, bytes: value.count)
                    let start = Clock.monotonic
                    server.signal(signal)
                    // One that does not wait for its client has ended by the time the client reads on.
                    try eventually("the server waits for its client, or has ended") {
                        "SZ".contains { ProcessFacts.isEveryThread(of: server.pid, in: $0) }
                    }
                    received = client.receive(exactly: reply.count).count
                    time = Clock.monotonic - start
                    #expect(server.wait(within: Patience.milliseconds) == .exited(0))
                }
                guard received == reply.count || time < StopSignal.gracePeriod / 2 else { return false }
                #expect(received == reply.count, "the server ended in the middle of a reply that was being read")
                Hostile.report(stage, "finished a reply of \(received >> 20) MB in \(time) ms after the signal")
                return true
            }
        }
    }
}
