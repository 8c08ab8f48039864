// Every command, and what it replies. How these replies compare with a real redis-server's is tested elsewhere, with
// one beside it; here each stage shows that it serves them all, in its protocol.

import LabKit
import Shared
import Testing

extension Contract {
    static let commandClauses = [
        Clause("every command gets its reply", everyCommand),
        Clause("an error ends the request, not the connection", errorsKeepTheConnection),
        Clause("HELLO, INFO, COMMAND and CONFIG describe the server", description),
    ]

    /// How many commands there are.
    private static let commandCount = 47

    /// What a reply must be.
    enum Expected {
        case reply(Reply)
        case between(Int64, Int64)
        case replies([Expected])

        func allows(_ reply: Reply, in wireProtocol: WireProtocol) -> Bool {
            switch (self, reply) {
            case (.between(let low, let high), .integer(let value)): (low...high).contains(value)
            // The binary protocol has strings only.
            case (.reply(.status(let text)), .string(let other)) where wireProtocol == .lengthPrefixed: text == other
            case (.replies(let expected), .array(let replies)):
                expected.count == replies.count && zip(expected, replies).allSatisfy { $0.allows($1, in: wireProtocol) }
            case (.reply(let expected), _): expected == reply
            default: false
            }
        }
    }

    static let ok = Expected.reply(.status("OK".bytes))
    static let null = Expected.reply(.null)

    static func number(_ value: Int64) -> Expected { .reply(.integer(value)) }
    static func text(_ value: String) -> Expected { .reply(.string(value)) }
    static func error(_ value: String) -> Expected { .reply(.error(value)) }
    static func list(_ values: String?...) -> Expected {
        .reply(.array(values.map { $0.map { .string($0) } ?? .null }))
    }

    private static func everyCommand(_ stage: Stage) throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            for (request, expected) in conversation + expiryConversation + valuesConversation
                + transactionConversation + serverConversation
            {
                let reply = try client.ask(request)
                #expect(expected.allows(reply, in: stage.wireProtocol), "\(request): \(reply)")
            }
            #expect(try client.ask("QUIT") == stage.ok)
            try client.expectEnd()
        }
    }

    static let notAnInteger = error("ERR value is not an integer or out of range")

    private static let conversation: [(String, Expected)] = [
        ("PING", .reply(.status("PONG".bytes))), ("ping hello", text("hello")), ("ECHO hello", text("hello")),
        ("GET a", null), ("SET a 1", ok), ("get a", text("1")), ("SET a 2 NX", null), ("SET b 2 XX", null),
        ("SET a 3 XX", ok), ("SET a 4 GET", text("3")), ("SET b 5 NX GET", null), ("GET b", text("5")),
        ("SET a 1 NX XX", error("ERR syntax error")), ("EXISTS a b a nobody", number(3)),
        ("STRLEN nobody", number(0)), ("APPEND word he", number(2)), ("APPEND word llo", number(5)),
        ("STRLEN word", number(5)), ("GET word", text("hello")), ("DEL word nobody", number(1)),
        ("INCR n", number(1)), ("INCRBY n 41", number(42)), ("DECR n", number(41)), ("DECRBY n 50", number(-9)),
        ("INCRBY n 1.5", notAnInteger), ("INCRBY n 01", notAnInteger), ("SET a letter", ok), ("INCR a", notAnInteger),
        ("SET big 9223372036854775807", ok),
        ("INCR big", error("ERR increment or decrement would overflow")),
        ("DECRBY n -9223372036854775808", error("ERR decrement would overflow")),
        ("MSET x 1 y 2 x 3", ok), ("MGET x nobody y", list("3", nil, "2")),
        ("MSET x", error("ERR wrong number of arguments for 'mset' command")),
        ("MSET x 1 y", error("ERR wrong number of arguments for 'mset' command")),
        ("TYPE x", .reply(.status("string".bytes))), ("TYPE nobody", .reply(.status("none".bytes))),
        ("DBSIZE", number(6)), ("FLUSHDB", ok), ("DBSIZE", number(0)), ("SET a 1", ok), ("FLUSHALL ASYNC", ok),
        ("GET a", null), ("FLUSHALL now", error("ERR syntax error")),
    ]

    private static let expiryConversation: [(String, Expected)] = [
        ("TTL a", number(-2)), ("SET a 1", ok), ("TTL a", number(-1)), ("EXPIRE a 100000", number(1)),
        ("TTL a", .between(90_000, 100_000)), ("PTTL a", .between(90_000_000, 100_000_000)),
        ("INCR a", number(2)), ("TTL a", .between(90_000, 100_000)), ("EXPIRE a 200000 NX", number(0)),
        ("EXPIRE a 200000 LT", number(0)), ("EXPIRE a 200000 GT", number(1)),
        ("TTL a", .between(190_000, 200_000)), ("PERSIST a", number(1)), ("PERSIST a", number(0)),
        ("EXPIRE a 9 XX", number(0)), ("PEXPIRE a 100000000", number(1)), ("TTL a", .between(90_000, 100_000)),
        ("SET a 1 KEEPTTL", ok), ("TTL a", .between(90_000, 100_000)), ("SET a 1", ok), ("TTL a", number(-1)),
        ("EXPIREAT a 99999999999", number(1)), ("TTL a", .between(1, 99_999_999_999)),
        ("PEXPIREAT a 99999999999999", number(1)), ("PTTL a", .between(1, 99_999_999_999_999)),
        ("EXPIRE a soon", notAnInteger), ("EXPIRE nobody soon", notAnInteger), ("EXPIRE nobody 1", number(0)),
        ("EXPIRE a 9223372036854775807", error("ERR invalid expire time in 'expire' command")),
        ("EXPIRE a 1 NX GT", error("ERR NX and XX, GT or LT options at the same time are not compatible")),
        ("EXPIRE a 1 SOON", error("ERR Unsupported option SOON")), ("EXPIRE a -1", number(1)), ("GET a", null),
        ("SET a 1 EX 100000", ok), ("TTL a", .between(90_000, 100_000)), ("SET a 1 PX 100000000", ok),
        ("TTL a", .between(90_000, 100_000)), ("SET a 1 EXAT 99999999999", ok), ("SET a 1 PXAT 99999999999999", ok),
        ("PTTL a", .between(1, 99_999_999_999_999)), ("SET a 1 EX 1 PX 1", error("ERR syntax error")),
        ("SET a 1 EX 0", error("ERR invalid expire time in 'set' command")), ("SET a 1 EX soon", notAnInteger),
        ("SET a 1 PXAT 1", ok), ("GET a", null), ("DBSIZE", number(0)),
    ]

    private static let serverConversation: [(String, Expected)] = [
        ("SELECT 0", ok), ("SELECT 1", error("ERR DB index is out of range")), ("SELECT a", notAnInteger),
        ("CONFIG GET databases", list("databases", "1")), ("CONFIG GET nothing", list()),
        ("CLIENT GETNAME", null), ("CLIENT SETNAME me", ok), ("CLIENT GETNAME", text("me")),
        ("CLIENT ID", number(1)), ("COMMAND COUNT", number(Int64(commandCount))),
        ("COMMAND DOCS", error("ERR unknown subcommand 'DOCS'. Try COMMAND HELP.")),
        ("AUTH default x", ok), ("AUTH x y", error("WRONGPASS invalid username-password pair or user is disabled.")),
        ("HELLO 4", error("NOPROTO unsupported protocol version")),
        ("GET", error("ERR wrong number of arguments for 'get' command")),
        ("DBSIZE now", error("ERR wrong number of arguments for 'dbsize' command")),
        ("NOSUCH a b", error("ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ")),
        ("CLIENT NOSUCH", error("ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.")),
    ]

    static func errorsKeepTheConnection(_ stage: Stage) throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            for request in ["NOSUCH", "GET", "SET a 1 NX XX", "INCRBY a b", "SELECT 7"] {
                guard case .error = try client.ask(request) else {
                    Issue.record("\(request) was to be an error")
                    continue
                }
                #expect(try client.ask("PING") == stage.pong)
            }
            // A client's line breaks must not end the error's line: it could forge the next reply.
            let reply = try client.call(["NO\r\n+SUCH".bytes])
            #expect(reply == .error("ERR unknown command 'NO  +SUCH', with args beginning with: "))
            #expect(try client.ask("PING") == stage.pong)
        }
    }

    private static func description(_ stage: Stage) throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            let port = "\(server.port)"
            #expect(try client.ask("CONFIG GET port") == .array([.string("port"), .string(port)]))
            let info = try #require(try client.ask("INFO").text)
            for line in ["tcp_port:\(port)", "server_name:\(stage.name)", "connected_clients:1"] {
                #expect(info.contains("\(line)\r\n"), "\(info)")
            }
            guard case .array(let commands) = try client.ask("COMMAND") else { throw GaveUp(what: "COMMAND's list") }
            #expect(commands.count == commandCount)
            guard case .array(let fields) = try client.ask("HELLO 2") else { throw GaveUp(what: "HELLO's list") }
            #expect(fields.count == 14 && fields[4...5] == [.string("proto"), .integer(2)])
            if stage.wireProtocol == .lengthPrefixed { return }
            // The same in RESP3, which has maps, and nulls of its own.
            guard case .map(let pairs) = try client.ask("HELLO 3") else { throw GaveUp(what: "HELLO's map") }
            #expect(pairs[2] == [.string("proto"), .integer(3)])
            try client.send("GET nobody")
            #expect(try client.receiveBytes() == "_\r\n".bytes)
        }
    }
}
