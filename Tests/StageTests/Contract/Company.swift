// For stages 2 to 5, which serve several clients at once: what one client does, or does not do, is no other's business.

import LabKit
import Shared
import Testing

extension Contract {
    static let companyClauses = [
        Clause("a command on many keys is one step for everybody else") { server, stage in
            try manyKeysAtOnce(stage, [try server.newClient(), try server.newClient()])
        },
        Clause("a transaction is one step for everybody else", transactionsAtOnce),
        Clause(
            "a new connection above --max-connections gets an error, and is closed",
            options: ["--max-connections", "2"],
            connectionLimit),
        Clause("a new connection without a descriptor is served when another client leaves", exhaustionEnds),
    ]

    /// Two clients write the same keys over and over, one all of them with a, the other with b, and read them. They must
    /// never see some of either, though a command on hundreds of words takes long enough to be disturbed.
    static func manyKeysAtOnce(_ stage: Stage, _ clients: [TestClient]) throws {
        let (keys, rounds) = ((0..<500).map { "key:\($0)" }, 200)
        for (client, value) in zip(clients, ["a", "b"]) {
            let requests = stage.encode(
                "MSET " + keys.map { "\($0) \(value)" }.joined(separator: " "), "MGET " + keys.joined(separator: " "))
            client.sendInBackground((0..<rounds).flatMap { _ in requests })
        }
        var torn = 0
        for _ in 0..<rounds {
            for client in clients {
                #expect(try client.receive() == stage.ok)
                guard case .array(let values) = try client.receive() else { throw GaveUp(what: "MGET") }
                if values.contains(where: { $0 != values[0] }) { torn += 1 }
            }
        }
        #expect(torn == 0, "\(torn) times of \(2 * rounds), one command was seen in the middle of another")
    }

    /// Two counters that are always raised together are never seen apart by a client that reads both.
    private static func transactionsAtOnce(_ server: ServerProcess, _ stage: Stage) throws {
        let request = stage.encode("MULTI", "INCR a", "INCR b", "MGET a b", "EXEC")
        let writers = try (0..<3).map { _ in try server.newClient() }
        for writer in writers { writer.sendInBackground((0..<200).flatMap { _ in request }) }
        let reader = try server.newClient()
        for _ in 0..<200 {
            for writer in writers {
                for _ in 0..<5 { _ = try writer.receive() }
                let reply = try reader.ask("MGET a b")
                guard case .array(let values) = reply, values[0] == values[1] else {
                    Issue.record("a part of a transaction was seen: \(reply.summary)")
                    return
                }
            }
        }
        #expect(try reader.ask("MGET a b") == .array([.string("600"), .string("600")]))
    }

    private static func connectionLimit(_ server: ServerProcess, _ stage: Stage) throws {
        let (first, second) = (try server.servedClient(), try server.servedClient())
        for _ in 0..<3 {
            let third = try server.newClient()
            let refusal = try? third.receive()
            try #require(
                refusal == .error("ERR max number of clients reached"), "two are the limit, and this is the third")
            try third.expectEnd()
        }
        #expect(try first.ask("PING") == stage.pong)
        second.reset()
        try server.untilRoom()
    }

    private static func exhaustionEnds(_ stage: Stage) throws {
        try withRoomForTwo(stage) { server, first, second in
            let third = try server.newClient()
            try third.send("ECHO third")
            try server.untilAsleepAgain(5)
            #expect(try first.ask("PING") == stage.pong)
            #expect(!third.hasInput)
            second.reset()
            #expect(try third.receive() == .string("third"))
            #expect(try first.ask("PING") == stage.pong)
        }
    }
}
