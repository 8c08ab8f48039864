// One client, served by calls that never block.
//
//     receive ──▶ execute ──▶ send ─┬ all ──▶ await .read
//        ▲                          └ part ▶ await .write
//        └────────────── when ready ────────────┘
//
// How far the client has got is in the fields below. When
// a call would block, the connection tells what it waits
// for, its interest, and the loop goes on to another one.

import Shared

/// One client.
struct Connection: ~Copyable {
    static let wireProtocol = WireProtocol.resp2

    private let descriptor: FileDescriptor
    /// What the commands remember about this client.
    private var session = Session()
    /// What has arrived and is not executed yet.
    private var input = RequestBuffer()
    /// What is not sent yet.
    private var output = ReplyBuffer(wireProtocol)
    /// The client has sent all it will ever send.
    private var reachedEOF = false
    /// Requests may be left in `input`.
    private var hasMore = false
    /// Whether it can go on at once, without any event.
    var isUnfinished: Bool { hasMore && output.isEmpty }

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    /// Does what can be done now.
    ///
    /// - Returns: what to wait for; nil to be closed.
    mutating func respond(
        to event: Event, _ store: inout KeyValueStore
    ) -> Interest? {
        do {
            if event.isReadable { try receive() }
            try send()
            // What has been read raises no new event: the
            // requests left in it must not be forgotten.
            hasMore = try answerRequests(&store)
        } catch {
            // ECONNRESET or EPIPE: the client is gone.
            return nil
        }
        if !output.isEmpty { return .write }
        if hasMore { return .read }
        if session.isEnding { descriptor.discardInput() }
        if session.isEnding || reachedEOF { return nil }
        return .read
    }

    /// Executes nothing more: the server is exiting.
    mutating func endInput() {
        session.isEnding = true
    }

    /// Answers one request after another while each reply
    /// is sent whole, up to the budget of a turn.
    ///
    /// - Returns: whether there may be more.
    private mutating func answerRequests(
        _ store: inout KeyValueStore
    ) throws(SystemCallError) -> Bool {
        var budget = TurnBudget()
        while output.isEmpty && budget.allowsRequest() {
            if !answerRequest(&store) { return false }
            try send()
        }
        return !session.isEnding
    }

    /// Answers the next request, if all of it is here.
    ///
    /// - Returns: false when it is not.
    private mutating func answerRequest(
        _ store: inout KeyValueStore
    ) -> Bool {
        if session.isEnding { return false }
        switch RESPCodec.decode(&input) {
        case .complete:
            store.execute(
                &input, for: &session, into: &output)
        case .incomplete:
            return false
        case .malformed(let error):
            output.append(error)
            session.isEnding = true
        }
        return true
    }

    /// Reads once. What is left raises another event.
    private mutating func receive()
        throws(SystemCallError)
    {
        let size = input.readSize
        let result = try descriptor.read(
            into: &input.bytes, atMost: size)
        reachedEOF = result == .endOfStream
    }

    /// Writes once. What the kernel does not take, stays.
    private mutating func send() throws(SystemCallError) {
        if output.isEmpty { return }
        _ = try descriptor.write(from: &output.bytes)
    }
}
