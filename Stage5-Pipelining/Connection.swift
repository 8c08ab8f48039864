// One client, served by calls that never block.
//
//     await .read ─▶ receive ─▶ execute all ▶ send ─┐
//        ▲                                     ▲    │
//        │                    await both ──────┘    │
//        │                        ▲                 │
//        └─ all is sent ──────────┴─── or part ─────┘
//
// The fields below say how far the client has got. When a
// call would block, the connection returns what it waits
// for (its interest), and the loop serves another client.

import Shared

/// One client.
struct Connection: ~Copyable {
    static let wireProtocol = WireProtocol.resp2

    private let descriptor: FileDescriptor
    /// What the commands remember about this client.
    private var session = Session()
    /// What has arrived and has not been executed yet.
    private var input = RequestBuffer()
    /// What has not been sent yet.
    private var output = ReplyBuffer(wireProtocol)
    /// The client has sent all it will ever send.
    private var reachedEOF = false
    /// Requests may be left in `input`.
    private var hasMore = false
    /// Whether it can go on at once, without any event.
    private(set) var isUnfinished = false

    /// Unsent bytes above which nothing more is read or
    /// executed: backpressure. What the client then sends
    /// is not taken, so in the end its own writes block.
    /// The more clients leave unread, the lower the mark.
    private static var highWaterMark: Int {
        ClientMemory.highWaterMark
    }

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
    }

    deinit {
        // Unread input would cost the client replies.
        if session.isEnding { descriptor.discardInput() }
    }

    /// Answers all requests that are here, up to the mark
    /// and the budget of a turn.
    mutating func execute(
        _ store: inout KeyValueStore,
        within budget: inout TurnBudget
    ) {
        hasMore = true
        while hasMore && output.count < Self.highWaterMark
            && budget.allowsRequest()
        {
            hasMore = answerRequest(&store)
        }
    }

    /// Answers the next request, if all of it is here.
    ///
    /// - Returns: whether there may be another to answer.
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
    mutating func receive() throws(SystemCallError) {
        let size = input.readSize
        let result = try descriptor.read(
            into: &input.bytes, atMost: size)
        reachedEOF = result == .endOfStream
    }

    /// Writes once. What the kernel does not take stays.
    mutating func send() throws(SystemCallError) {
        if !output.isEmpty {
            _ = try descriptor.write(from: &output.bytes)
        }
        isUnfinished =
            hasMore && output.count < Self.highWaterMark
    }

    /// What to wait for; nil to be closed.
    var interest: Interest? {
        let takesMore =
            !(hasMore || session.isEnding || reachedEOF)
        if !output.isEmpty && takesMore {
            return [.read, .write]
        }
        if !output.isEmpty { return .write }
        // Requests that are here come before the end.
        if hasMore { return .read }
        if session.isEnding || reachedEOF { return nil }
        return .read
    }

    /// Executes no more requests: the server is exiting.
    mutating func endInput() {
        session.isEnding = true
    }
}
