// One connection's life without the sockets: what stages 3 to 5 do between a read and a write.

/// What came of a stream.
struct Conversation: Equatable {
    var replies: [UInt8] = []
    /// Replies that there should be: one for each request that is not empty, and one for what is no request.
    var replyCount = 0
    var ending = Ending.open
    /// The server had one when it began, or CONFIG SET gave it one.
    var hadMemoryLimit = false

    enum Ending: Equatable {
        case open
        case quit
        case malformed(ProtocolError)
    }

    /// Gives `pieces` to a new connection with a store of its own, at a time that is always the same.
    ///
    /// - Parameter limit: how many requests are answered after each piece, at most; what is left, after the last.
    static func run(_ pieces: [[UInt8]], answering limit: Int, _ plan: Plan) -> Conversation {
        var result = Conversation()
        var connection = FuzzedConnection(plan)
        for piece in pieces {
            connection.input.bytes.append(piece.span)
            connection.answer(atMost: limit, &result)
        }
        connection.answer(atMost: .max, &result)
        result.replies = connection.output.bytes.bytes.copy
        return result
    }
}

/// What a connection and a server hold in the stages.
struct FuzzedConnection: ~Copyable {
    var input = RequestBuffer()
    var output: ReplyBuffer
    private var store: KeyValueStore
    private var session: Session
    private var now: Int64 = 1_700_000_000_000

    init(_ plan: Plan) {
        output = ReplyBuffer(plan.wireProtocol)
        store = KeyValueStore(plan.server, now: now)
        // Every session has the same number, which CLIENT ID and HELLO reply.
        Statistics.connections.add(-Statistics.connections.value)
        session = Session()
    }

    /// Answers whole requests, until the client has left.
    mutating func answer(atMost limit: Int, _ result: inout Conversation) {
        var answered = 0
        while result.ending == .open && answered < limit {
            switch decode() {
            case .complete:
                execute(&result)
                answered += 1
                if session.isEnding { result.ending = .quit }
            case .incomplete(let needed):
                let count = input.bytes.count
                check(needed > count, "incomplete, but \(needed) of \(count) bytes are there")
                check(count > 0 || input.bytes.capacity == 0, "an empty buffer holds memory")
                return
            case .malformed(let error):
                output.append(error)
                result.replyCount += 1
                result.ending = .malformed(error)
            }
        }
    }

    private mutating func decode() -> DecodeResult {
        output.wireProtocol == .lengthPrefixed ? LengthPrefixedCodec.decode(&input) : RESPCodec.decode(&input)
    }

    /// Executes one request. Time passes with each, so keys expire on the way.
    private mutating func execute(_ result: inout Conversation) {
        now += 300
        store.advance(to: now)
        if store.server.maxMemory != 0 { result.hadMemoryLimit = true }
        let before = output.count
        let isEmpty = input.decoded.requests[input.decoded.next].sliceCount == 0
        store.execute(&input, for: &session, into: &output)
        if output.count > before { result.replyCount += 1 }
        check(
            isEmpty ? output.count == before : output.count > before || session.isEnding,
            "a request without a reply, or a reply without a request")
    }
}
