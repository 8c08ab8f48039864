// MULTI and EXEC, and the other commands with which clients begin, in each stage's protocol.

import LabKit
import Shared
import Synchronization
import Testing

extension Contract {
    /// Two counters that are always raised together are never seen apart by a client that reads both.
    static func transactionsAtOnce(_ stage: Stage) throws {
        try withServer(stage) { server in
            let (port, isOver) = (server.port, Running(0))
            let request = stage.encode("MULTI", "INCR a", "INCR b", "MGET a b", "EXEC")
            for _ in 0..<3 {
                isOver.count.withLock { $0 += 1 }
                try Thread.start {
                    defer { isOver.count.withLock { $0 -= 1 } }
                    guard let client = try? TestClient(port: port, wireProtocol: stage.wireProtocol) else { return }
                    for _ in 0..<200 {
                        guard (try? client.send(bytes: request)) != nil else { return }
                        for _ in 0..<5 { guard (try? client.receive()) != nil else { return } }
                    }
                }
            }
            let reader = try server.newClient()
            var torn: [Reply] = []
            while isOver.count.withLock({ $0 > 0 }) {
                let reply = try reader.ask("MGET a b")
                guard case .array(let values) = reply, values[0] == values[1] else {
                    torn.append(reply)
                    break
                }
            }
            #expect(torn == [], "a part of a transaction was seen")
            try eventually("all clients are done") { isOver.count.withLock { $0 == 0 } }
            #expect(try reader.ask("MGET a b") == .array([.string("600"), .string("600")]))
        }
    }
}
