// What clients can have queued between MULTI and EXEC has a bound: for one, and for all together. In a server of its own,
// because what buffers take is counted for the whole process.

import LabKit
import Shared
import Testing

@Suite("Transactions have a bound") struct TransactionBoundTests {
    private static let value = [UInt8](repeating: 7, count: 40 << 20)

    /// Queues so many SETs of 40 MB, and returns the last reply.
    private func queue(_ count: Int, _ client: TestClient) throws -> Reply {
        var reply = try client.ask("MULTI")
        for _ in 0..<count { reply = try client.call(["SET".bytes, "k".bytes, Self.value]) }
        return reply
    }

    @Test func queues() throws {
        let stage = Stage.pipelining
        let (queued, tooLong) = ("QUEUED".bytes, Reply.error("ERR transaction too long".bytes))
        try withServer(stage) { server in
            let first = try server.newClient()
            #expect(try queue(3, first) == .status(queued))
            #expect(try first.call(["SET".bytes, "k".bytes, Self.value]) == tooLong)
            let (second, third) = (try server.newClient(), try server.newClient())
            #expect(try queue(3, second) == .status(queued))
            #expect(try queue(1, third) == tooLong)
            // The second leaves, and what it had queued goes with it.
            second.close()
            try eventually("there is room again") {
                _ = try third.ask("DISCARD")
                return try queue(1, third) == .status(queued)
            }
            let aborted = "EXECABORT Transaction discarded because of previous errors."
            #expect(try first.ask("EXEC") == .error(aborted.bytes))
            #expect(try third.ask("EXEC") == .array([stage.ok]))
        }
    }
}
