// How a client can leave: politely, in the middle of a request, or by a reset. None of it may touch anyone else.

import Shared

extension CheckClause {
    static let endingClauses = [
        CheckClause("after a half-close, replies to what was sent still come", from: 1, .kernel, halfClose),
        CheckClause(
            "a half-close within a request ends only the connection", from: 1, .kernel, halfCloseWithinRequest),
        CheckClause(
            "a client that leaves within a request, at any byte, takes nothing with it", from: 1, .kernel,
            endWithinRequest),
        CheckClause("a reset at any point of a request's life ends only the connection", from: 1, .kernel, resets),
        CheckClause("connections closed before they are accepted do no harm", from: 1, .kernel, goneBeforeAccept),
        CheckClause(
            "writing to a client that has gone does not end the server (SIGPIPE)", from: 1, .kernel, brokenPipe),
        CheckClause(
            "bytes that are no request end the connection, after the replies to those before", from: 1, .kernel,
            malformed),
        CheckClause("clients that have left leave nothing behind", from: 1, .kernel, nothingIsLeft),
    ]

    private static func halfClose(_ server: CheckedServer) throws {
        let client = try server.newClient()
        let value = [UInt8](repeating: 7, count: 300_000)
        try server.check(client, ["SET".bytes, "big".bytes, value], .ok)
        let encode = server.wireProtocol
        let sent = "200 times INCR n, GET big, PING, and then the end of sending (shutdown)"
        try server.send(client, sent) {
            try client.send(
                bytes: (0..<200).flatMap { _ in encode.encode("INCR n") } + encode.encode("GET big", "PING"))
        }
        client.endSending()
        for number in 1...200 { try server.checkNext(client, .integer(Int64(number)), after: sent) }
        try server.checkNext(client, .string(value), .pong, after: sent)
        try server.checkEnd(client, after: sent)
        try server.checkService(after: "a half-close")
    }

    /// A client that has asked for all it wants says so, and reads for a while yet. Redis fails this: at the end of its
    /// client's requests it forgets the replies.
    public static let restAfterHalfClose = CheckClause(
        "after a half-close, the rest of a reply that did not fit still comes", from: 5, .pipelining,
        restOfReply)

    private static func restOfReply(_ server: CheckedServer) throws {
        let client = try server.newClient()
        client.limitReceiveBuffer()
        let value = [UInt8](repeating: 7, count: 100_000)
        try server.check(client, ["SET".bytes, "big".bytes, value], .ok)
        let sent = "GET big, until the replies that nobody reads do not fit, and then the end of sending (shutdown)"
        var asked = 0
        repeat {
            try server.send(client, sent) { try client.send("GET big") }
            asked += 1
        } while try server.waitBriefly {
            try client.waitingReplyBytes(from: server.port) >= asked * value.count
        }
        client.endSending()
        server.settle()
        for _ in 0..<asked { try server.checkNext(client, .string(value), after: sent) }
        try server.checkEnd(client, after: sent)
    }

    private static func halfCloseWithinRequest(_ server: CheckedServer) throws {
        let client = try server.newClient()
        let request = server.wireProtocol.encode("INCR n")
        let sent = "INCR n, then another one without its last byte, and the end of sending (shutdown)"
        try server.send(client, sent) { try client.send(bytes: request + request.dropLast()) }
        client.endSending()
        try server.checkNext(client, .integer(1), after: sent)
        try server.checkEnd(client, after: sent)
        // The second request never was whole.
        try server.check(try server.newClient(), "GET n", .string("1"))
    }

    private static func endWithinRequest(_ server: CheckedServer) throws {
        let descriptors = server.descriptors
        let request = server.wireProtocol.encode("SET key value")
        for count in 0..<request.count {
            let client = try server.newClient()
            try server.deliver(request[..<count], by: client)
        }
        try checkDescriptors(server, descriptors, after: "SET key value, cut off after each of its bytes, and closed")
        try server.check(try server.newClient(), "GET key", .null)
    }

    private static func checkDescriptors(_ server: CheckedServer, _ before: Int, after sent: String) throws {
        try server.until(
            "their descriptors are closed: there were \(before) before", after: sent, got: { "\(server.descriptors)" },
            holds: { server.descriptors <= before })
    }

    private static func resets(_ server: CheckedServer) throws {
        let descriptors = server.descriptors
        let first = try server.newClient()
        try server.check(first, ["SET".bytes, "big".bytes, [UInt8](repeating: 7, count: 8 << 20)], .ok)
        first.reset()
        let request = server.wireProtocol.encode("GET big")
        for point in [
            "at once", "within a request", "after a request", "in a reply", "in the first of two replies",
            "after a reply",
        ] {
            let client = try server.newClient()
            let sent = "a reset \(point)"
            try server.send(client, sent) {
                switch point {
                case "at once": break
                case "within a request": try server.deliver(request[..<9], by: client)
                case "after a request": try client.send(bytes: request)
                case "in a reply", "in the first of two replies":
                    try client.send(bytes: point == "in a reply" ? request : request + request)
                    _ = try client.receiveBytes()
                default: try server.check(client, "PING", .pong)
                }
            }
            client.reset()
            try server.checkService(after: sent)
        }
        try checkDescriptors(server, descriptors, after: "six resets")
    }

    private static func goneBeforeAccept(_ server: CheckedServer) throws {
        try server.pause()
        for number in 0..<12 {
            let client = try server.newClient()
            if number % 3 == 1 { try client.send("PING") }
            if number % 2 == 0 { client.reset() }
        }
        let client = try server.newClient()
        try client.send("PING")
        server.resume()
        try server.checkNext(client, .pong, after: "PING, behind twelve connections that were gone before")
    }

    private static func brokenPipe(_ server: CheckedServer) throws {
        let client = try server.newClient()
        try server.check(client, ["SET".bytes, "big".bytes, [UInt8](repeating: 7, count: 8 << 20)], .ok)
        client.limitReceiveBuffer()
        let sent = "GET big (8 MB), the end of sending, and in the middle of the reply a reset"
        try server.send(client, sent) {
            try client.send("GET big")
            client.endSending()
            _ = try client.receiveBytes()
        }
        // The server is in the middle of a reply that does not fit. That the client has closed in both directions
        // is what makes `write` raise SIGPIPE; after a reset alone it reports ECONNRESET.
        server.settle()
        client.reset()
        try server.checkService(after: sent)
    }

    /// Where the next request would start cannot be known. An error before the end is welcome.
    private static func malformed(_ server: CheckedServer) throws {
        let cases: [([UInt8], String)] =
            server.wireProtocol == .lengthPrefixed
            ? [
                (
                    [10, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 65, 65],
                    "an argument that is longer than its frame"
                ),
                ([10, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 65, 65], "a frame with a byte left over"),
            ] : [("*oops\r\n".bytes, "*oops"), ("*1\r\nPING\r\n".bytes, "an array with PING where a $ must be")]
        for (bytes, words) in cases {
            let client = try server.newClient()
            let sent = "INCR n, and then \(words)"
            try server.send(client, sent) { try client.send(bytes: server.wireProtocol.encode("INCR n") + bytes) }
            guard case .integer = try server.next(client, "a number", after: sent) else {
                throw ClauseFailure(sent: sent, expected: "a number, then an error or the end", got: "no number")
            }
            do {
                if case .error = try client.receive() { try server.checkEnd(client, after: sent) }
            } catch Reply.Failure.closed {
            } catch Reply.Failure.timedOut {
                throw ClauseFailure(
                    sent: sent, expected: "an error or the end of the connection",
                    got: "nothing came in \(server.time)")
            }
            try server.checkService(after: words)
        }
    }

    private static func nothingIsLeft(_ server: CheckedServer) throws {
        let request = ["ECHO".bytes, [UInt8](repeating: 7, count: 100_000)]
        // The first brings along what the program needs once.
        try server.check(try server.newClient(), request, .string(request[1]))
        server.settle()
        let (descriptors, threads) = (server.descriptors, server.threads)
        for number in 0..<300 {
            let client = try server.newClient()
            try server.check(client, request, .string(request[1]))
            if number % 2 == 0 { client.reset() }
        }
        let sent = "300 clients that ask once and leave"
        try checkDescriptors(server, descriptors, after: sent)
        try server.until(
            "their threads have ended: there were \(threads) before", after: sent, got: { "\(server.threads)" },
            holds: { server.threads <= threads + server.spareThreads })
    }
}
