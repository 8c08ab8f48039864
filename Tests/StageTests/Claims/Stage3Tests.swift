// Stage 3: one thread for all clients, with poll.

import LabKit
import Shared
import Testing

@Suite("Stage 3", .serialized, .waits) struct Stage3Tests {
    private let stage = Stage.poll

    @Test(arguments: Contract.clauses(of: .poll)) func contract(_ clause: Contract.Clause) throws {
        try clause.check(stage)
    }

    /// Stage 2 fails this: it needs a thread for each of them, and here there is one.
    @Test(.withoutSanitizer("the thread sanitizer starts a thread of its own"))
    func clientsThatStallHoldUpNobodyAndNeedNoThread() throws {
        try withServer(stage) { server in
            let threads = try server.facts.threads
            let other = try server.newClient()
            let value = [UInt8](repeating: 7, count: 8 << 20)
            #expect(try other.call(["SET".bytes, "big".bytes, value]) == stage.ok)
            var stalled: [TestClient] = []
            for number in 0..<6 {
                let client = try server.newClient()
                client.limitReceiveBuffer()
                if number % 2 == 0 {
                    try client.send("GET big")
                    _ = try client.receiveBytes()
                } else {
                    try server.untilRead(6) { try client.send(bytes: stage.encode("ECHO hello").prefix(6)) }
                }
                stalled.append(client)
                #expect(try other.ask("INCR n") == .integer(Int64(number + 1)))
            }
            // When a large value has been freed, a thread gives the memory back to the system, and ends.
            try eventually("there is one thread again") { try server.facts.threads == threads }
        }
    }

    /// What stage 4 is better at: see `idleConnectionsAreNotPartOfATurn` there.
    @Test(.enabled(if: Strace.isAvailable, Strace.reason))
    func theWholeListGoesToTheKernelEachTime() throws {
        let calls = try Strace.calls("poll,ppoll", of: stage) { server in
            let clients = try server.servedClients(151)
            for number in 1...50 {
                server.readOutput(waiting: 0)
                #expect(try clients[0].ask("INCR n") == .integer(Int64(number)))
            }
        }
        // poll([{fd=3, events=POLLIN}, ...], 152, -1) = 1 ([{fd=154, revents=POLLIN}])
        let counts = calls.compactMap { call in
            call.split(separator: "], ").dropFirst().first?.split(separator: ",").first.flatMap { Int($0) }
        }
        #expect(counts.filter { $0 == 152 }.count >= 50, "the listener and 151 clients, once a request: \(counts)")
    }
}
