// Runs requests against a store as a server does, and compares the bytes of the replies.

import Testing

@testable import Shared

/// One client and a store of its own. The time is fixed until a test moves it.
struct CommandRunner: ~Copyable {
    /// A round number, so that times in replies are easy to check.
    static let start: Int64 = 1_700_000_000_000

    var store: KeyValueStore
    var session = Session()
    var replies: Replies

    init(_ encoding: Encoding = .resp2, maxMemory: Int = 0) {
        store = KeyValueStore(now: Self.start, maxMemory: maxMemory)
        replies = Replies(encoding: encoding)
    }

    /// The reply's bytes. The request's come through the codec, and are prefetched, like everybody's.
    mutating func run(_ arguments: [[UInt8]]) -> [UInt8] {
        var buffer = ByteBuffer()
        Client.encode(arguments, .resp2, into: &buffer)
        return execute(buffer)
    }

    /// Runs an inline request: what one would type.
    mutating func run(_ line: String) -> [UInt8] {
        execute(ByteBuffer(bytes(line + "\r\n")))
    }

    private mutating func execute(_ buffer: borrowing ByteBuffer) -> [UInt8] {
        var requests = Requests()
        while case .complete = RESPCodec.decode(buffer, into: &requests) {}
        store.prefetch(&requests, in: buffer)
        while requests.count > 0 { store.execute(&requests, in: buffer, for: &session, replies: &replies) }
        let reply = replies.buffer.bytes.copy
        replies.buffer.consume(reply.count)
        return reply
    }

    /// Runs lines one after the other, and expects these replies; the last line's end is understood.
    mutating func expect(
        _ table: KeyValuePairs<String, String>, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (line, reply) in table {
            #expect(text(run(line)) == reply + "\r\n", "\(line)", sourceLocation: sourceLocation)
        }
    }
}
