// MULTI and EXEC, and the other commands with which clients begin, in each stage's protocol.

import LabKit
import Shared
import Synchronization
import Testing

extension Contract {
    static let valuesConversation: [(String, Expected)] = [
        ("SETNX s 1", number(1)), ("SETNX s 2", number(0)), ("GETSET s 3", text("1")), ("GETSET new 1", null),
        ("GETDEL s", text("3")), ("GETDEL s", null), ("SETEX s 100000 v", ok), ("TTL s", .between(90_000, 100_000)),
        ("PSETEX s 100000000 w", ok), ("GETEX s PERSIST", text("w")), ("TTL s", number(-1)),
        ("GETEX s EX 100000", text("w")), ("TTL s", .between(90_000, 100_000)), ("GETEX nobody EX 1", null),
        ("SETEX s 0 v", error("ERR invalid expire time in 'setex' command")), ("SETEX s soon v", notAnInteger),
        ("GETEX s NX", error("ERR syntax error")), ("TOUCH s new nobody", number(2)), ("KEYS ?", list("s")),
        ("KEYS [^s]*", list("new")), ("SCAN 0 MATCH n*", .reply(.array([.string("0"), .array([.string("new")])]))),
        ("SCAN 0 TYPE list", .reply(.array([.string("0"), .array([])]))), ("SCAN soon", error("ERR invalid cursor")),
        ("UNLINK s new nobody", number(2)), ("DBSIZE", number(0)),
    ]

    static let transactionConversation: [(String, Expected)] = [
        ("EXEC", error("ERR EXEC without MULTI")), ("DISCARD", error("ERR DISCARD without MULTI")), ("MULTI", ok),
        ("SET t 1", queued), ("INCR t", queued), ("GET t", queued),
        ("MULTI", error("ERR MULTI calls can not be nested")),
        ("GET nobody", queued), ("MGET t nobody", queued), ("SET word x", queued), ("INCR word", queued),
        (
            "EXEC",
            .replies([
                ok, number(2), text("2"), null, list("2", nil), ok, notAnInteger,
            ])
        ), ("GET t", text("2")), ("MULTI", ok), ("SET t 5", queued),
        ("NOSUCH", error("ERR unknown command 'NOSUCH', with args beginning with: ")),
        ("EXEC", error("EXECABORT Transaction discarded because of previous errors.")), ("GET t", text("2")),
        ("MULTI", ok), ("SET t 6", queued), ("DISCARD", ok), ("GET t", text("2")), ("MULTI", ok), ("EXEC", list()),
        ("DEL t word", number(2)),
    ]

    private static let queued = Expected.reply(.status("QUEUED".bytes))

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
