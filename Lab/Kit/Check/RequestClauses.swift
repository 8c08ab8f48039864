// What a request brings: its reply, whatever its bytes are, and however many come at once. TCP carries bytes, not
// messages: one request may come in many pieces, and many requests in one.

import Shared

extension CheckClause {
    static let requestClauses = [
        CheckClause("PING, ECHO, SET, GET and INCR get their replies", from: 1, .sync, fiveCommands),
        CheckClause(
            "clients that come one after the other are served, and see each other's keys", from: 1, .sync, inTurn),
    ]
    static let frameClauses = [
        CheckClause("requests that arrive byte by byte are answered", from: 1, .sync, byteByByte),
        CheckClause("requests that are torn at any place are answered", from: 1, .sync, everySplit),
        CheckClause("many requests in one write are all answered, in order", from: 1, .poll, manyInOneWrite),
        CheckClause("large requests and replies among small ones keep their order", from: 1, .kernel, mixedSizes),
    ]
    static let valueClauses = [
        CheckClause("keys and values are any bytes", from: 1, .sync, binarySafe),
        CheckClause("a value of megabytes reaches a client that reads slowly", from: 1, .kernel, slowReader),
    ]

    private static func fiveCommands(_ server: CheckedServer) throws {
        let client = try server.newClient()
        let conversation: [(String, Reply)] = [
            ("PING", .pong), ("ECHO hello", .string("hello")), ("GET key", .null), ("SET key value", .ok),
            ("GET key", .string("value")), ("SET key other", .ok), ("GET key", .string("other")),
            ("INCR n", .integer(1)), ("INCR n", .integer(2)), ("INCR n", .integer(3)), ("GET n", .string("3")),
        ]
        for (request, reply) in conversation { try server.check(client, request, reply) }
    }

    private static func inTurn(_ server: CheckedServer) throws {
        for number in 1...20 {
            let client = try server.newClient()
            try server.check(client, "INCR n", .integer(Int64(number)))
        }
    }

    private static func byteByByte(_ server: CheckedServer) throws {
        let client = try server.newClient()
        for byte in server.wireProtocol.encode("SET key value", "GET key", "INCR n", "PING") {
            try server.deliver([byte], by: client)
        }
        let replies: [(String, Reply)] = [
            ("SET key value", .ok), ("GET key", .string("value")), ("INCR n", .integer(1)), ("PING", .pong),
        ]
        for (request, reply) in replies {
            try server.checkNext(client, reply, after: "\(request), byte by byte, each in a write of its own")
        }
    }

    private static func everySplit(_ server: CheckedServer) throws {
        let client = try server.newClient()
        let conversation = server.wireProtocol.encode("INCR n", "ECHO hello", "PING")
        for split in 1..<conversation.count {
            let sent = "INCR n, ECHO hello and PING (\(conversation.count) bytes), torn after \(split) bytes"
            try server.deliver(conversation[..<split], by: client)
            try server.send(client, sent) { try client.send(bytes: conversation[split...]) }
            try server.checkNext(client, .integer(Int64(split)), .string("hello"), .pong, after: sent)
        }
    }

    private static func manyInOneWrite(_ server: CheckedServer) throws {
        let count = 3000
        let client = try server.newClient()
        let sent = "\(Format.count(count)) times INCR n in one write"
        client.sendInBackground((1...count).flatMap { _ in server.wireProtocol.encode("INCR n") })
        for number in 1...count {
            do {
                try server.checkNext(client, .integer(Int64(number)), after: sent)
            } catch let failure as ClauseFailure {
                throw ClauseFailure(
                    sent: sent, expected: "the replies 1 to \(count)",
                    got: "the first \(number - 1) were answered rightly, and then: \(failure.got)")
            }
        }
        try server.check(client, "PING", .pong)
    }

    private static func mixedSizes(_ server: CheckedServer) throws {
        let client = try server.newClient()
        let encode = server.wireProtocol
        var bytes: [UInt8] = []
        let values = (1...20).map { [UInt8](repeating: UInt8($0), count: $0 * $0 * 700 % 90_000) }
        for value in values {
            bytes += encode.encode(["SET".bytes, "key".bytes, value]) + encode.encode("INCR n", "GET key")
        }
        // By a thread of its own: the server may stop reading until its replies are read.
        client.sendInBackground(bytes)
        for (index, value) in values.enumerated() {
            let sent = "in one stream 20 times: SET, INCR, GET; here of a value of \(value.count) bytes"
            try server.checkNext(client, .ok, .integer(Int64(index + 1)), .string(value), after: sent)
        }
        try server.check(client, "PING", .pong)
    }

    private static func binarySafe(_ server: CheckedServer) throws {
        let texts = [
            [0], "\r\n".bytes, "$3\r\nabc\r\n".bytes, "a\0b".bytes, "ä 日本".bytes, [], (0...255).map { UInt8($0) },
        ]
        let client = try server.newClient()
        for (key, value) in zip(texts, texts.reversed()) {
            try server.check(client, ["SET".bytes, key, value], .ok)
            try server.check(client, ["ECHO".bytes, key], .string(key))
        }
        for (key, value) in zip(texts, texts.reversed()) {
            try server.check(client, ["GET".bytes, key], .string(value))
        }
    }

    /// No piece of it is like another, so one that is lost or sent twice shows.
    private static let value = (0..<500_000).map { UInt64($0) &* 0x9E37_79B9_7F4A_7C15 }.withUnsafeBytes { Array($0) }

    private static func slowReader(_ server: CheckedServer) throws {
        let client = try server.newClient()
        client.limitReceiveBuffer()
        try server.check(client, ["SET".bytes, "big".bytes, value], .ok)
        let sent = "GET big, twice: 4 MB each, through a small window, read when the server can send no more"
        try server.send(client, sent) {
            try client.send(bytes: server.wireProtocol.encode("GET big", "GET big", "PING"))
        }
        // While it is read at the same time, all of it may fit into a write.
        server.settle()
        try server.checkNext(client, .string(value), .string(value), after: sent)
        try server.checkNext(client, .pong, after: "PING, after that")
    }
}
