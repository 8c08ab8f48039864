// One connection's life without the sockets: what stages 3 to 5 do between a read and a write.

/// What came of a stream.
struct Conversation: Equatable {
    var replies: [UInt8] = []
    /// Replies that there should be: one for each request that is not empty, and one for what is no request.
    var replyCount = 0
    var ending = Ending.open

    enum Ending: Equatable {
        case open
        case quit
        case malformed(ProtocolError)
    }

    /// Gives `pieces` to a new connection with a store of its own, at a time that is always the same.
    ///
    /// - Parameter batch: how many requests are decoded before the first is executed.
    static func run(_ pieces: [[UInt8]], batch: Int, _ plan: Plan) -> Conversation {
        var result = Conversation()
        var connection = FuzzedConnection(plan)
        for piece in pieces {
            connection.incoming.append(piece.span)
            connection.answer(batch: batch, &result)
            if result.ending != .open { break }
        }
        result.replies = connection.outgoing.buffer.bytes.copy
        return result
    }
}

/// What a connection and a server hold in the stages.
struct FuzzedConnection: ~Copyable {
    var incoming = ByteBuffer()
    var outgoing: Replies
    private var requests = Requests()
    private var store: KeyValueStore
    private var session: Session
    private var now: Int64 = 1_700_000_000_000

    init(_ plan: Plan) {
        outgoing = Replies(encoding: plan.encoding)
        store = KeyValueStore(options: plan.options, port: 7379, now: now)
        // Every session has the same number, which CLIENT ID and HELLO reply.
        Statistics.connections.add(-Statistics.connections.value)
        session = Session()
    }

    /// Answers all whole requests.
    mutating func answer(batch: Int, _ result: inout Conversation) {
        while true {
            let end = decode(batch)
            if batch > 1 { store.prefetch(&requests, in: incoming) }
            while requests.count > 0 {
                execute(&result)
                if session.isEnding {
                    result.ending = .quit
                    return
                }
            }
            incoming.consume(requests.removeExecuted())
            switch end {
            case .complete: continue
            case .incomplete(let needed):
                check(needed > incoming.count, "incomplete, but \(needed) of \(incoming.count) bytes are there")
                incoming.releaseIfEmpty()
                return
            case .malformed(let error):
                outgoing.append(error)
                result.replyCount += 1
                result.ending = .malformed(error)
                return
            }
        }
    }

    private mutating func decode(_ batch: Int) -> Decoded {
        while requests.count < batch {
            let end =
                outgoing.encoding == .lengthPrefixed
                ? LengthPrefixedCodec.decode(incoming, into: &requests) : RESPCodec.decode(incoming, into: &requests)
            if case .complete = end { continue }
            return end
        }
        return .complete
    }

    /// Executes one request. Time passes with each, so keys expire on the way.
    private mutating func execute(_ result: inout Conversation) {
        now += 300
        store.advance(to: now)
        let before = outgoing.count
        let isEmpty = requests.requests[requests.next].sliceCount == 0
        store.execute(&requests, in: incoming, for: &session, replies: &outgoing)
        if outgoing.count > before { result.replyCount += 1 }
        check(
            isEmpty ? outgoing.count == before : outgoing.count > before || session.isEnding,
            "a request without a reply, or a reply without a request")
    }
}
