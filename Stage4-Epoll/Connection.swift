// One client of the event loop: what has arrived, what is still to be sent, and what it waits for.
//
//     .read ──a whole request──▶ execute ──▶ send ──the whole reply is sent──▶ .read
//                                              └───only a part is sent──▶ .write
//
// Nothing here waits. When a call would have to, the connection says what it waits for (its interest), and the loop
// goes on to another one.

import Shared

/// One client.
struct Connection: ~Copyable {
    static let encoding = Encoding.resp2

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
    /// One thread serves all: a client that has sent many requests must not keep it for itself. Each has a write, so
    /// these take some 0.4 ms.
    private static let requestsPerTurn = 64

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    /// Does what can be done now.
    ///
    /// - Returns: what to wait for next; nil when the connection is over.
    mutating func respond(to event: Event, _ store: inout KeyValueStore) -> Interest? {
        var hasMore = true
        do throws(SystemCallError) {
            // An error or a hang-up makes an event both readable and writable: do only what was asked for.
            if event.isReadable && interest.contains(.read) { try receive() }
            // One request at a time. The next one may have arrived together with it, and no event will tell of bytes
            // that are here already: so it is looked for when the reply is out, not when something arrives. A change
            // of interest is a call now: so the reply is written at once, and room is waited for only if there is none.
            for _ in 0..<Self.requestsPerTurn where hasMore {
                if !outgoing.isEmpty { try send() }
                hasMore = outgoing.isEmpty && answerRequest(&store)
            }
        } catch {
            // The client has gone without saying so (ECONNRESET, EPIPE).
            return nil
        }
        // Also when others have waited long enough: there is room to send, so the next turn comes back here.
        if hasMore || !outgoing.isEmpty { return .write }
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
        switch RESPCodec.decode(incoming, into: &requests) {
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
