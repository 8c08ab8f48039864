// The blocking client, with a server that says what the test wants it to say.

import Glibc
import Testing

@testable import Shared

/// A client, and the server's end of its connection.
struct Conversation: ~Copyable {
    var client: Client
    var server: FileDescriptor?

    init(_ wireProtocol: WireProtocol) throws {
        try self.init(wireProtocol, Listener())
    }

    init(_ wireProtocol: WireProtocol, _ listener: borrowing Listener) throws {
        Signals.prepare()
        let connecting = try Client(port: listener.port, wireProtocol: wireProtocol, timeout: 20)
        guard case .connection(let descriptor) = try listener.accept() else { throw Reply.Failure.closed }
        try descriptor.setTimeout(seconds: 20)
        client = connecting
        server = consume descriptor
    }

    func answer(_ reply: some Collection<UInt8>) throws {
        var buffer = ByteBuffer(Array(reply))
        try server!.writeAll(from: &buffer)
    }

    /// Takes off the wire as many bytes as are expected.
    func heard(_ count: Int) throws -> [UInt8] {
        var buffer = ByteBuffer()
        _ = try server!.readFull(into: &buffer, until: count)
        return buffer.bytes.copy
    }
}

@Suite("Client") struct ClientTests {
    /// What answers may be anything, and each array within another one takes some stack.
    @Test(arguments: [WireProtocol.resp2, .lengthPrefixed], [100, 60_000])
    func arraysAreNestedToAPoint(_ wireProtocol: WireProtocol, _ depth: Int) throws {
        var conversation = try Conversation(wireProtocol)
        let isBinary = wireProtocol == .lengthPrefixed
        let array = isBinary ? [LengthPrefixedCodec.Tag.array] + integer(1) : bytes("*1\r\n")
        let null = isBinary ? [LengthPrefixedCodec.Tag.null] : bytes("_\r\n")
        let nested = [[UInt8]](repeating: array, count: depth).joined() + null
        let reply = isBinary ? frame(Array(nested)) : Array(nested)
        try conversation.answer(reply)
        if depth > 100 {
            #expect(throws: Reply.Failure.malformed) { try conversation.client.receive() }
        } else {
            var element = try conversation.client.receive()
            var found = 0
            while case .array(let elements) = element { (element, found) = (elements[0], found + 1) }
            #expect(found == depth)
        }
    }

    @Test func sendsWhatServersUnderstand() throws {
        var resp = try Conversation(.resp2)
        let expected = "*2\r\n$4\r\nECHO\r\n$0\r\n\r\n*1\r\n$2\r\n\u{e9}\r\n"
        try resp.client.send([bytes("ECHO"), []])
        var encoded = ByteBuffer()
        Client.encode([bytes("\u{e9}")], .resp2, into: &encoded)
        try resp.client.send(&encoded)
        #expect(encoded.count == 0)
        #expect(try text(resp.heard(expected.utf8.count)) == expected)

        var binary = try Conversation(.lengthPrefixed)
        try binary.client.send([bytes("GET"), bytes("k")])
        let frame: [UInt8] = [16, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 71, 69, 84, 1, 0, 0, 0, 107]
        #expect(try binary.heard(frame.count) == frame)
    }

    @Test func callsAndReceives() throws {
        var conversation = try Conversation(.resp2)
        try conversation.answer(bytes("+PONG\r\n:7\r\n"))
        #expect(try conversation.client.call("PING") == .status(bytes("PONG")))
        #expect(try conversation.client.call("INCR", "k") == .integer(7))
        #expect(try text(conversation.heard(14)) == "*1\r\n$4\r\nPING\r\n")
    }

    private static let resp3: [(String, Reply)] = [
        ("+OK\r\n", .status(bytes("OK"))), ("-ERR no\r\n", .error(bytes("ERR no"))), ("+\r\n", .status([])),
        (":-9223372036854775808\r\n", .integer(.min)), ("$-1\r\n", .null), ("_\r\n", .null), ("*-1\r\n", .null),
        ("$0\r\n\r\n", .string([])), ("$6\r\na\r\nb\r\n\r\n", .string(bytes("a\r\nb\r\n"))),
        ("=8\r\ntxt:text\r\n", .string(bytes("text"))), ("*0\r\n", .array([])), ("%0\r\n", .map([])),
        ("~1\r\n:5\r\n", .array([.integer(5)])),
        ("*3\r\n:1\r\n*1\r\n$1\r\nx\r\n_\r\n", .array([.integer(1), .array([.string(bytes("x"))]), .null])),
        (
            "%2\r\n+a\r\n:1\r\n+b\r\n*0\r\n",
            .map([[.status(bytes("a")), .integer(1)], [.status(bytes("b")), .array([])]])
        ),
    ]
    private static let lengthPrefixed: [([UInt8], Reply)] = [
        ([1, 0, 0, 0, 0], .null), ([6, 0, 0, 0, 1, 1, 0, 0, 0, 33], .error([33])),
        ([5, 0, 0, 0, 2, 0, 0, 0, 0], .string([])),
        ([9, 0, 0, 0, 3] + [UInt8](repeating: 0xFF, count: 8), .integer(-1)),
        ([9, 0, 0, 0, 3, 0, 0, 0, 0, 1, 0, 0, 0], .integer(1 << 32)),
        ([6, 0, 0, 0, 4, 1, 0, 0, 0, 0], .array([.null])), ([5, 0, 0, 0, 4, 0, 0, 0, 0], .array([])),
    ]

    /// The second half comes when the client has looked at the first half, and found that it is not enough.
    @Test(arguments: [(WireProtocol.resp3, resp3.map { (bytes($0), $1) }), (.lengthPrefixed, lengthPrefixed)])
    func decodesRepliesWholeAndInTwo(_ wireProtocol: WireProtocol, _ replies: [([UInt8], Reply)]) throws {
        var conversation = try Conversation(wireProtocol)
        for (encoded, reply) in replies {
            try conversation.answer(encoded)
            #expect(try conversation.client.receive() == reply)
        }
        let (stream, replies) = (replies.flatMap(\.0), replies.map(\.1))
        for split in stride(from: 1, to: stream.count, by: 3) {
            try conversation.client.descriptor.setShortTimeout()
            try conversation.answer(stream[..<split])
            var received: [Reply] = []
            do throws(Reply.Failure) {
                while true { received.append(try conversation.client.receive()) }
            } catch {
                #expect(error == .timedOut)
            }
            try conversation.client.descriptor.setTimeout(seconds: 20)
            try conversation.answer(stream[split...])
            while received.count < replies.count { received.append(try conversation.client.receive()) }
            #expect(received == replies, "torn at \(split)")
        }
    }

    private static let replies = [
        "?1\r\n", ":x\r\n", ":\r\n", "$x\r\n", "*1\r\n?\r\n", "$-2\r\n", "*-2\r\n", "%-2\r\n", "=-2\r\n", "\r\n",
        "%9223372036854775807\r\n", "$9223372036854775808\r\n", "+a\rb\r\n", "+a\nb\r\n", "$1\r\nabc\r\n", "_x\r\n",
    ]
    private static let frames: [[UInt8]] = [
        [0, 0, 0, 0], [1, 0, 0, 0, 5], [2, 0, 0, 0, 0, 0], [3, 0, 0, 0, 2, 0, 0], [5, 0, 0, 0, 2, 1, 0, 0, 0],
        [5, 0, 0, 0, 2, 255, 255, 255, 255], [6, 0, 0, 0, 4, 2, 0, 0, 0, 0], [5, 0, 0, 0, 3, 1, 2, 3, 4],
        [5, 0, 0, 0, 4, 255, 255, 255, 255],
    ]

    @Test(arguments: replies.map { (WireProtocol.resp2, bytes($0)) } + frames.map { (.lengthPrefixed, $0) })
    func refusesRepliesThatAreNone(_ wireProtocol: WireProtocol, _ reply: [UInt8]) throws {
        var conversation = try Conversation(wireProtocol)
        try conversation.answer(reply)
        #expect(throws: Reply.Failure.malformed) { try conversation.client.receive() }
    }

    @Test func tellsThatTheServerClosed() throws {
        var conversation = try Conversation(.resp2)
        try conversation.answer(bytes("+OK\r\n+half"))
        conversation.server = nil
        #expect(try conversation.client.receive() == .status(bytes("OK")))
        #expect(throws: Reply.Failure.closed) { try conversation.client.receive() }
        // The first write may still go out: that the peer is gone, its answer says.
        #expect(throws: Reply.Failure.closed) {
            while true { try conversation.client.send([bytes("PING")]) }
        }
    }

    @Test func receivesAnyBytes() throws {
        var conversation = try Conversation(.resp2)
        try conversation.answer(bytes("any"))
        #expect(try conversation.client.receiveBytes() == bytes("any"))
        conversation.client.endSending()
        #expect(try conversation.heard(1) == [])
        conversation.server = nil
        #expect(try conversation.client.receiveBytes() == [])
    }

    @Test func givesUpWhenNothingComesOrGoes() throws {
        var conversation = try Conversation(.resp2)
        try conversation.client.descriptor.setShortTimeout()
        #expect(throws: Reply.Failure.timedOut) { try conversation.client.receive() }
        #expect(throws: Reply.Failure.timedOut) {
            for _ in 0..<100 { try conversation.client.send(bytes: [UInt8](repeating: 1, count: 1 << 20)) }
        }
    }
}
