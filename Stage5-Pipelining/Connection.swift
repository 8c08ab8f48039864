// One client of the event loop: what has arrived, what is still to be sent, and what it waits for.
//
//     .read ──requests──▶ execute all of them ──▶ send ──all is sent──▶ .read
//                                                   └───only a part is sent──▶ .read and .write,
//                                                       or, above the high-water mark, .write alone
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
    /// One thread serves all: a client that has sent many requests must not keep it for itself. They share a write, so
    /// these take some 0.2 ms.
    private static let requestsPerTurn = 1024
    /// Requests decoded before the first of them is executed, so that their look-ups wait for memory together.
    private static let batchSize = 32
    /// Unsent bytes at which a client's requests are no longer read or executed: backpressure. By not reading it makes
    /// the server hold this much and one reply, and in the end TCP blocks its own writes.
    private static let highWaterMark = 256 << 10

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    /// Does what can be done now.
    ///
    /// - Returns: what to wait for next; nil when the connection is over.
    mutating func respond(to event: Event, _ store: inout KeyValueStore) -> Interest? {
        let hasMore: Bool
        do throws(SystemCallError) {
            // An error or a hang-up makes an event both readable and writable: do only what was asked for.
            if event.isReadable && interest.contains(.read) { try receive() }
            // One write for the replies to all that has arrived.
            hasMore = answerRequests(&store)
            if !outgoing.isEmpty { try send() }
        } catch {
            // The client has gone without saying so (ECONNRESET, EPIPE).
            return nil
        }
        // Requests that have been read already raise no event. Where some are left, room to send does: there is room at
        // once when only this client's share of the turn is used up, and otherwise as soon as the client reads.
        if hasMore || outgoing.count >= Self.highWaterMark { return .write }
        if !outgoing.isEmpty { return isEnding || hasReachedEnd ? .write : [.read, .write] }
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

    /// Executes the requests that have arrived, up to the high-water mark and to this turn's share.
    ///
    /// - Returns: whether there may be more.
    private mutating func answerRequests(_ store: inout KeyValueStore) -> Bool {
        if isEnding { return false }
        if outgoing.count >= Self.highWaterMark { return true }
        for _ in 0..<Self.requestsPerTurn / Self.batchSize {
            let decoded = RESPCodec.decode(incoming, into: &requests, upTo: Self.batchSize)
            // No lesson of this stage: without this line only the time changes (NOTES.md, "Memory is slow").
            store.prefetch(&requests, in: incoming)
            // Each call executes the next of them.
            while requests.count > 0 && outgoing.count < Self.highWaterMark && !isEnding {
                store.execute(&requests, in: incoming, for: &session, replies: &outgoing)
                isEnding = session.isEnding
            }
            incoming.consume(requests.removeExecuted())
            if isEnding { return false }
            if outgoing.count >= Self.highWaterMark { return true }
            switch decoded {
            case .complete: continue
            case .incomplete:
                incoming.releaseIfEmpty()
                return false
            case .malformed(let error):
                outgoing.append(error)
                isEnding = true
                return false
            }
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
