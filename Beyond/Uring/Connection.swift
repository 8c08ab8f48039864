// One client, served by operations that the kernel does.
//
//     received ▶ execute all ▶ send ─┬ all ──▶ done
//        ▲                           └ part ▶ send rest
//        └─ goes on by itself
//
// How far the client has got is in the fields below, and
// so is what is in flight. Nothing here waits: what was
// asked for completes later, and the loop tells of it.

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
    /// What the send in flight reads from: `output` may move
    /// to where there is more room, when a reply is added.
    private var sending = ReplyBuffer(wireProtocol)
    private var isSending = false
    private var receiving = Receiving.no
    private enum Receiving { case no, inFlight, cancelled }
    /// The client has sent all it will ever send.
    private var reachedEOF = false
    /// Requests may be left in `input`.
    private var hasMore = false
    /// Whether it can go on at once, without any event.
    private(set) var isUnfinished = false
    /// Whether the server has it on its list already.
    var isReady = false
    /// Nothing more is done for this client.
    private(set) var isClosing = false
    private var unsentCount: Int { output.count + sending.count }

    /// Unsent bytes above which nothing more is read or
    /// executed: backpressure. What the client then sends
    /// is not taken, so in the end its own writes block.
    /// The more clients leave unread, the lower the mark.
    private static var highWaterMark: Int {
        ClientMemory.highWaterMark
    }
    /// What is executed in one turn, of all that has arrived:
    /// about what one read brings in stage 5.
    private static let maxBytesPerTurn = 12 << 10

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
        let rest = input.bytes.count - Self.maxBytesPerTurn
        hasMore = true
        while hasMore && unsentCount < Self.highWaterMark
            && input.bytes.count > rest
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

    /// Starts to receive, which then goes on by itself. Ends
    /// it while requests wait here: else a client could fill
    /// the memory with them.
    mutating func receive(_ ring: inout Ring) {
        let isFull = hasMore && input.bytes.count > Self.maxBytesPerTurn
        let isOver = session.isEnding || reachedEOF
        if receiving == .no && !isFull && !isOver {
            ring.receive(on: descriptor.rawValue)
            receiving = .inFlight
        } else if receiving == .inFlight && (isFull || isOver) {
            ring.cancel(.receive, on: descriptor.rawValue)
            receiving = .cancelled
        }
    }

    /// Takes what has been received.
    mutating func received(
        _ completion: Completion, _ ring: inout Ring
    ) throws(SystemCallError) {
        if !completion.hasMore { receiving = .no }
        let result = try ring.finishReceive(
            completion, into: &input.bytes)
        reachedEOF = result == .endOfStream
    }

    /// Sends once, if no send is in flight. What the kernel
    /// does not take stays, and is sent when there is room.
    mutating func send(_ ring: inout Ring) {
        isUnfinished =
            hasMore && unsentCount < Self.highWaterMark
        if isSending || unsentCount == 0 { return }
        let isRest = !sending.isEmpty
        if !isRest { swap(&sending.bytes, &output.bytes) }
        // Whether something is to be done when it is sent.
        let isAwaited = hasMore || session.isEnding || reachedEOF
        ring.send(
            sending.bytes.bytes, on: descriptor.rawValue,
            quietly: !isRest && !isAwaited)
        isSending = true
    }

    /// Takes note of what has been sent.
    mutating func sent(
        _ completion: Completion, _ ring: inout Ring
    ) throws(SystemCallError) {
        isSending = false
        try ring.finishSend(completion, from: &sending.bytes)
    }

    /// Whether there is nothing to wait for any more.
    var isDone: Bool {
        if unsentCount > 0 || hasMore { return false }
        return session.isEnding || reachedEOF
    }

    /// Asks for nothing more, and cancels what is in flight.
    ///
    /// - Returns: whether anything is: the kernel may then
    ///   use the descriptor and the memory until it completes.
    mutating func cancel(_ ring: inout Ring) -> Bool {
        let isFirst = !isClosing
        if isFirst { ring.cancel(nil, on: descriptor.rawValue) }
        isClosing = true
        return isFirst || isSending || receiving != .no
    }

    /// Executes no more requests: the server is exiting.
    mutating func endInput() {
        session.isEnding = true
    }
}
