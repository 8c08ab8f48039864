// One client of the event loop: what has arrived, what is still to be sent, and what it waits for.
//
//     .read ──a whole request──▶ execute ──▶ .write ──the whole reply is sent──▶ .read
//
// Nothing here waits. When a call would have to, the connection says what it waits for (its interest), and the loop
// goes on to another one.

import Shared

/// One client.
struct Connection: ~Copyable {
    static let encoding = Encoding.lengthPrefixed

    /// What the loop watches for on its behalf.
    var interest = Interest.read
    private let descriptor: FileDescriptor
    /// What the commands remember of this client.
    private var session = Session()
    /// What has arrived, and is not executed.
    private var incoming = ByteBuffer()
    /// Where in `incoming` the arguments of each decoded request lie.
    private var requests = Requests()
    /// What is not sent yet.
    private var outgoing = Replies(encoding: encoding)
    /// The client has sent all it will send.
    private var hasReachedEnd = false
    /// No further request is executed: send what is to be sent, then close.
    private var isEnding = false

    /// What one `read` asks for: some hundred ordinary requests. A long one asks for more as it grows.
    private static let readSize = 16 << 10
    private static let largestRead = 256 << 10

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    /// Does what can be done now.
    ///
    /// - Returns: what to wait for next; nil when the connection is over.
    mutating func respond(to event: Event, _ store: inout KeyValueStore) -> Interest? {
        do throws(SystemCallError) {
            // An error or a hang-up makes an event both readable and writable: do only what was asked for.
            if event.isReadable && interest.contains(.read) { try receive() }
            if event.isWritable && interest.contains(.write) { try send() }
            // One request at a time. The next one may have arrived together with it, and no event will tell of bytes
            // that are here already: so it is looked for when the reply is out, not when something arrives.
            if outgoing.isEmpty { _ = answerRequest(&store) }
        } catch {
            // The client has gone without saying so (ECONNRESET, EPIPE).
            return nil
        }
        if !outgoing.isEmpty { return .write }
        if isEnding { descriptor.discardInput() }
        return isEnding || hasReachedEnd ? nil : .read
    }

    /// Takes no further request, as the server is ending.
    mutating func endInput() {
        isEnding = true
    }

    /// Reads once. What has not arrived yet will be told by another event.
    private mutating func receive() throws(SystemCallError) {
        let limit = min(max(Self.readSize, incoming.count), Self.largestRead)
        if case .endOfStream = try descriptor.read(into: &incoming, atMost: limit) { hasReachedEnd = true }
    }

    /// Writes once. What did not fit stays in `outgoing`.
    private mutating func send() throws(SystemCallError) {
        _ = try descriptor.write(from: &outgoing.buffer)
        outgoing.buffer.releaseIfEmpty()
    }

    /// Executes the next request.
    ///
    /// - Returns: false if it has not arrived.
    private mutating func answerRequest(_ store: inout KeyValueStore) -> Bool {
        if isEnding { return false }
        switch LengthPrefixedCodec.decode(incoming, into: &requests) {
        case .complete:
            store.execute(&requests, in: incoming, for: &session, replies: &outgoing)
            incoming.consume(requests.removeExecuted())
            isEnding = session.isEnding
        case .incomplete:
            incoming.releaseIfEmpty()
            return false
        case .malformed(let error):
            outgoing.append(error)
            isEnding = true
        }
        return true
    }
}

/// A place in an array for a connection: arrays cannot hold values that cannot be copied.
final class Slot {
    var connection: Connection

    init(_ connection: consuming Connection) {
        self.connection = connection
    }
}
