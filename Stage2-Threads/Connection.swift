// One client, served by calls that block.
//
//     receive a request ──▶ execute ──▶ send ──┐
//              ▲                               │
//              └───────────────────────────────┘
//
// No field says how far the client has got. The call that
// the thread is blocked in does: a place in this code.

import Shared

/// One client.
struct Connection: ~Copyable {
    static let wireProtocol = WireProtocol.lengthPrefixed

    private let descriptor: FileDescriptor
    private let server: Server
    /// What the commands remember about this client.
    private var session = Session()
    /// What has arrived and has not been executed yet.
    private var input = RequestBuffer()
    /// What has not been sent yet.
    private var output = ReplyBuffer(wireProtocol)

    init(
        _ descriptor: consuming FileDescriptor,
        of server: Server
    ) {
        self.descriptor = descriptor
        self.server = server
    }

    /// Answers one request after another until the client
    /// leaves or breaks the protocol.
    mutating func serve() {
        do {
            while try answerRequest() {}
            // Unread input would cost the client replies.
            descriptor.discardInput()
        } catch {
            // ECONNRESET or EPIPE: the client is gone.
        }
    }

    /// Destroys the connection and its descriptor, which
    /// is closed by `FileDescriptor.deinit`.
    consuming func close() {}

    /// Answers the next request, or waits for more of it.
    ///
    /// - Returns: false when no request will follow.
    private mutating func answerRequest()
        throws(SystemCallError) -> Bool
    {
        switch LengthPrefixedCodec.decode(&input) {
        case .complete:
            server.execute(
                &input, for: &session, into: &output)
        case .incomplete(let needed):
            return try receive(until: needed)
        case .malformed(let error):
            output.append(error)
            session.isEnding = true
        }
        try send()
        return !session.isEnding
    }

    /// Blocks until `count` bytes are here: the length
    /// first, then as many bytes as it says.
    ///
    /// - Returns: false when the client has left instead.
    private mutating func receive(until count: Int)
        throws(SystemCallError) -> Bool
    {
        try descriptor.readFull(
            into: &input.bytes, until: count)
    }

    /// Blocks until the kernel has taken the whole reply.
    private mutating func send() throws(SystemCallError) {
        try descriptor.writeAll(from: &output.bytes)
    }
}
