// What libFuzzer calls, with one input after the other: both decoders, the command executor and the buffer are given
// bytes that no client in its right mind would send, and must keep their promises. See Tests/Fuzz/run.
//
//     byte 0   what the rest is (Plan)
//     byte 1   where the stream is torn into pieces
//     rest     the stream
//
// It is compiled into one module with the sources of Shared, so it sees what is internal to it.

/// How one input is to be understood.
struct Plan {
    enum Kind { case stream, script, buffer }
    let kind: Kind
    var wireProtocol: WireProtocol
    let server: ServerDescription
    let seed: UInt8

    init(_ byte: UInt8, seed: UInt8) {
        switch byte & 3 {
        case 0, 1: kind = .stream
        case 2: kind = .script
        default: kind = .buffer
        }
        wireProtocol = byte & 4 == 0 ? .resp2 : .lengthPrefixed
        var server = ServerDescription(name: "fuzz")
        // So small that a few keys fill it.
        if byte & 8 != 0 { server.maxMemory = 40_000 }
        self.server = server
        self.seed = seed
    }
}

@_cdecl("LLVMFuzzerTestOneInput")
public func testOneInput(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
    guard count > 2 else { return 0 }
    let input = Array(UnsafeBufferPointer(start: start, count: count))
    let plan = Plan(input[0], seed: input[1])
    let rest = Array(input[2...])
    switch plan.kind {
    case .stream: checkStream(rest, plan)
    case .script: checkScript(rest, plan)
    case .buffer: checkBuffer(rest)
    }
    return 0
}

/// The stream in one piece, decoded as far ahead as can be, and the same stream torn into pieces, of which a few
/// requests are answered at a time: the replies and the fate of the connection must be the same. And the replies must
/// be replies. With a limit of memory they may differ: what clients hold counts, and a torn stream holds less at a time.
///
/// - Returns: the replies; none where they depend on what else there is in memory.
@discardableResult
func checkStream(_ stream: [UInt8], _ plan: Plan) -> [Reply] {
    let whole = Conversation.run([stream], answering: .max, plan)
    let limit = plan.seed & 4 == 0 ? Int.max : 1 + Int(plan.seed >> 6)
    let torn = Conversation.run(pieces(stream, seed: plan.seed), answering: limit, plan)
    let replies = (parsed(whole, plan), parsed(torn, plan))
    if !whole.hadMemoryLimit && !torn.hadMemoryLimit {
        check(
            whole.ending == torn.ending && replies.0 == replies.1,
            "torn in pieces, the stream was answered differently:\n\(replies.0)\n\(replies.1)")
    }
    return whole.hadMemoryLimit ? [] : replies.0
}

/// The replies, and no bytes beside them.
private func parsed(_ conversation: Conversation, _ plan: Plan) -> [Reply] {
    let bytes = conversation.replies
    var replies: [Reply] = []
    var decoder = ReplyDecoder(bytes: bytes.span)
    while decoder.position < bytes.count {
        let start = decoder.position
        guard let reply = try? decoder.reply(plan.wireProtocol) else { fatalError("no reply: \(bytes[start...])") }
        replies.append(reply.plain)
    }
    let count = conversation.replyCount
    check(replies.count == count, "\(count) replies, but \(replies.count) were found")
    return replies
}

extension Reply {
    /// In the same form for all protocols: a status is a string, a map an array. INFO's text is without its figures: two
    /// of them tell of the whole process, at another moment.
    fileprivate var plain: Reply {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        return switch self {
        case .status(let text), .string(let text):
            .string(text.starts(with: "# ".utf8) ? text.filter { !digits.contains($0) } : text)
        case .array(let elements): .array(elements.map(\.plain))
        case .map(let pairs): .array(pairs.joined().map(\.plain))
        default: self
        }
    }
}

/// Lines of words, each line a request, in both protocols: the replies must say the same. This way most inputs reach
/// the commands, which random bytes seldom do.
func checkScript(_ script: [UInt8], _ plan: Plan) {
    var streams = (resp: [UInt8](), framed: [UInt8]())
    for line in script.split(separator: UInt8(ascii: "\n")).prefix(32) {
        let words = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false).map { Array($0) }
        // It changes how the replies of one of the two protocols look.
        let name = words[0]
        if name.span.spells("hello") { continue }
        streams.resp += encode(words, .resp2)
        streams.framed += encode(words, .lengthPrefixed)
    }
    var (respPlan, framedPlan) = (plan, plan)
    (respPlan.wireProtocol, framedPlan.wireProtocol) = (.resp2, .lengthPrefixed)
    let answers = (checkStream(streams.resp, respPlan), checkStream(streams.framed, framedPlan))
    check(answers.0 == answers.1, "the two protocols were answered differently:\n\(answers.0)\n\(answers.1)")
}

/// A buffer beside an array that does the same in the plainest way.
func checkBuffer(_ operations: [UInt8]) {
    var buffer = ByteBuffer()
    var model: [UInt8] = []
    for (index, operation) in operations.enumerated() {
        let amount = Int(operation >> 3) * (operation & 4 == 0 ? 1 : 97)
        switch operation & 3 {
        case 0:
            let bytes = (0..<amount).map { UInt8(truncatingIfNeeded: index + $0) }
            buffer.append(bytes.span)
            model += bytes
        case 1:
            let count = min(amount, model.count)
            buffer.consume(count)
            model.removeFirst(count)
        case 2:
            buffer.append(operation)
            model.append(operation)
            buffer.reserve(amount)
        default:
            let count = min(amount, model.count)
            buffer.truncate(to: count)
            model.removeLast(model.count - count)
        }
        check(buffer.count == model.count, "the buffer holds \(buffer.count) bytes, not \(model.count)")
        check(!model.isEmpty || buffer.capacity == 0, "an empty buffer holds memory")
    }
    check(buffer.bytes.copy == model, "the buffer holds other bytes than were put in")
}

/// libFuzzer reports a trap, with the input that led to it.
func check(_ condition: Bool, _ message: @autoclosure () -> String) {
    if !condition { fatalError(message()) }
}

func encode(_ words: [[UInt8]], _ wireProtocol: WireProtocol) -> [UInt8] {
    var buffer = ByteBuffer()
    Client.encode(words, wireProtocol, into: &buffer)
    return buffer.bytes.copy
}

/// The stream in pieces whose sizes depend on `seed`; for a quarter of all seeds, byte by byte.
func pieces(_ stream: [UInt8], seed: UInt8) -> [[UInt8]] {
    var pieces: [[UInt8]] = []
    var rest = stream[...]
    var state = UInt64(seed)
    while !rest.isEmpty {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        let size = seed & 3 == 0 ? 1 : 1 + Int(state >> 33) % (Int(seed) + 1)
        pieces.append(Array(rest.prefix(size)))
        rest = rest.dropFirst(size)
    }
    return pieces
}
