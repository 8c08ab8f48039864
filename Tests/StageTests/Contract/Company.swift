// For stages 2 to 5, which serve several clients at once: what one client does, or does not do, is no other's business.

@preconcurrency import Glibc
import LabKit
import Shared
import Synchronization
import Testing

extension Contract {
    static let companyClauses = [
        Clause("a command on many keys is one step for everybody else", manyKeysAtOnce),
        Clause("a transaction is one step for everybody else", transactionsAtOnce),
        Clause(
            "a new connection above --max-connections gets an error, and is closed",
            options: ["--max-connections", "2"],
            connectionLimit),
        Clause("a new connection without a descriptor is served when another client leaves", exhaustionEnds),
    ]

    /// Two clients write the same keys over and over, one all of them with a, the other with b; and one reads them. It
    /// must never see some of either, though a command on a thousand words takes long enough to be disturbed.
    private static func manyKeysAtOnce(_ server: ServerProcess, _ stage: Stage) throws {
        let keys = (0..<500).map { "key:\($0)" }
        let reader = try server.newClient()
        let isOver = Running(0)
        for value in ["a", "b"] {
            let request = stage.encode("MSET " + keys.map { "\($0) \(value)" }.joined(separator: " "))
            try write(request, to: server, stage, until: isOver)
        }
        var torn = 0
        for _ in 0..<200 {
            guard case .array(let values) = try reader.ask("MGET " + keys.joined(separator: " ")) else {
                throw GaveUp(what: "MGET")
            }
            if values.contains(where: { $0 != values[0] }) { torn += 1 }
        }
        isOver.count.withLock { $0 = 1 }
        #expect(torn == 0, "\(torn) times of 200, one command was seen in the middle of another")
    }

    /// Sends a request again and again, from a thread of its own: some at a time, so that there is always one to execute.
    private static func write(
        _ request: [UInt8], to server: ServerProcess, _ stage: Stage, until isOver: Running
    ) throws {
        let (port, batch) = (server.port, 8)
        let requests = (0..<batch).flatMap { _ in request }
        try Thread.start {
            guard let client = try? TestClient(port: port, wireProtocol: stage.wireProtocol) else { return }
            while isOver.count.withLock({ $0 == 0 }), (try? client.send(bytes: requests)) != nil {
                for _ in 0..<batch where (try? client.receive()) != stage.ok { return }
            }
        }
    }

    /// Two counters that are always raised together are never seen apart by a client that reads both.
    private static func transactionsAtOnce(_ server: ServerProcess, _ stage: Stage) throws {
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
        // The server learns of it in its own time; until then a new client is one too many.
        try eventually("there is room for a new connection") {
            let fourth = try server.newClient()
            return (try? fourth.ask("PING")) == stage.pong
        }
    }

    private static func exhaustionEnds(_ stage: Stage) throws {
        if stage.isByCompletion {
            return try withRoomForTwo(stage) { try letThirdIn($0, stage, $1, $2) }
        }
        try withServer(stage) { server in
            let (first, second) = (try server.servedClient(), try server.servedClient())
            try server.takeAllDescriptors(stage)
            try letThirdIn(server, stage, first, second)
        }
    }

    private static func letThirdIn(
        _ server: ServerProcess, _ stage: Stage, _ first: TestClient, _ second: TestClient
    ) throws {
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
