// The whole command set, and what it replies: Redis's replies, error texts included. How they compare with a real
// redis-server's is tested elsewhere, with one beside it.

import Shared

/// What a reply must be.
public enum ExpectedReply: Sendable {
    case reply(Reply)
    case between(Int64, Int64)
    case replies([ExpectedReply])

    public func allows(_ reply: Reply, in wireProtocol: WireProtocol) -> Bool {
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

    var summary: String {
        switch self {
        case .reply(let reply): reply.summary
        case .between(let low, let high): "a number from \(low) to \(high)"
        case .replies(let replies): "[" + replies.map(\.summary).joined(separator: ", ") + "]"
        }
    }

    public static let ok = ExpectedReply.reply(.status("OK".bytes))
    public static let null = ExpectedReply.reply(.null)

    public static func number(_ value: Int64) -> ExpectedReply { .reply(.integer(value)) }
    public static func text(_ value: String) -> ExpectedReply { .reply(.string(value)) }
    public static func error(_ value: String) -> ExpectedReply { .reply(.error(value)) }
    public static func list(_ values: String?...) -> ExpectedReply {
        .reply(.array(values.map { $0.map { .string($0) } ?? .null }))
    }

    public static let notAnInteger = error("ERR value is not an integer or out of range")
    static let queued = ExpectedReply.reply(.status("QUEUED".bytes))
}

extension CheckClause {
    static let everyCommand = CheckClause("every command gets its reply", from: 1, .sync) { server in
        let client = try server.newClient()
        for (request, expected) in ExpectedReply.stringConversation + ExpectedReply.expiryConversation
            + ExpectedReply.valuesConversation + ExpectedReply.transactionConversation
        {
            try server.send(client, request) { try client.send(request) }
            let reply = try server.next(client, expected.summary, after: request)
            if expected.allows(reply, in: server.wireProtocol) { continue }
            throw ClauseFailure(sent: request, expected: expected.summary, got: reply.summary)
        }
        try server.check(client, "QUIT", .ok)
        try server.checkEnd(client, after: "QUIT")
    }

    static let errorsKeepTheConnection = CheckClause(
        "an error ends the request, not the connection", from: 1, .sync
    ) { server in
        let client = try server.newClient()
        for request in ["NOSUCH", "GET", "SET a 1 NX XX", "INCRBY a b", "SELECT 77"] {
            try server.send(client, request) { try client.send(request) }
            let reply = try server.next(client, "an error", after: request)
            guard case .error = reply else {
                throw ClauseFailure(sent: request, expected: "an error", got: reply.summary)
            }
            try server.check(client, "PING", .pong)
        }
        // A client's line breaks must not end the error's line: it could forge the next reply.
        let forged = Reply.error("ERR unknown command 'NO  +SUCH', with args beginning with: ")
        try server.check(client, ["NO\r\n+SUCH".bytes], forged)
        try server.check(client, "PING", .pong)
    }
}
