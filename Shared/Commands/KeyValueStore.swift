// The application that all servers of this course serve: a key-value store that understands Redis's commands for strings.
// It is the same everywhere, so every difference you see between two stages is input and output.
//
// Replies are those of Redis 7.0, error texts included; the tests compare the two byte for byte. Where this cheats: one
// database (SELECT 0), one type of value, no password.

/// Executes commands on keys. Not synchronised: where there are threads, as in stage 2, there is a lock around it.
public struct KeyValueStore: ~Copyable, Sendable {
    var keys: Keyspace
    /// What INFO and CONFIG report.
    var server: ServerDescription
    /// Requests executed.
    public private(set) var requestCount = 0
    /// The most bytes of a reply with many elements.
    var maxReplyLength = ClientMemory.maxReplies
    let commands = CommandTable()
    private let followsClock: Bool

    /// - Parameter now: the time, for tests. It then changes only through `advance(to:)`.
    public init(_ server: ServerDescription, now: Int64? = nil) {
        self.server = server
        keys = Keyspace(now: now ?? Clock.realTime)
        followsClock = now == nil
    }

    /// Sets the time all commands see, and removes some of the keys that have expired: at most 400, so that nobody waits
    /// long for it.
    ///
    /// - Parameter now: in milliseconds since 1970.
    public mutating func advance(to now: Int64) {
        keys.advance(to: now)
    }

    /// How long the next call of `advance` can wait, in milliseconds; nil while no key expires.
    public var timeToNextRound: Int64? { keys.timeToNextRound }

    /// Executes the next request of `input`, which a codec has decoded, and appends its reply to `output`.
    public mutating func execute(
        _ input: inout RequestBuffer, for session: inout Session, into output: inout ReplyBuffer
    ) {
        output.appendReply { executeNext(&input, for: &session, into: &$0) }
    }

    /// The same without a frame around the reply, which may be a part of another one.
    @inline(__always)
    mutating func executeNext(
        _ input: inout RequestBuffer, for session: inout Session, into output: inout ReplyBuffer
    ) {
        if !input.decoded.isLookedUp {
            lookUp(&input.decoded.requests, in: input.bytes, input.decoded.slices, input.decoded.unquoted)
            input.decoded.isLookedUp = true
            if input.bytes.capacity >= LongValue.minCount && input.isAlone {
                return executeAlone(&input, for: &session, into: &output)
            }
        }
        execute(input.decoded, in: input.bytes, for: &session, into: &output)
        input.removeFirst()
    }

    /// Executes a request that has a large buffer to itself. If it stores a long value, the store may keep the buffer.
    @inline(never)
    private mutating func executeAlone(
        _ input: inout RequestBuffer, for session: inout Session, into output: inout ReplyBuffer
    ) {
        // Of several values in one buffer, the second could take the place of the first, which would free all of it.
        let setsOneValue = input.decoded.requests[0].command.map { commands.shapes[Int($0)].hasOneKey } ?? false
        if setsOneValue { keys.lend(input.bytes) }
        execute(input.decoded, in: input.bytes, for: &session, into: &output)
        if keys.endLoan(of: &input.bytes) { input.decoded.removeAll() } else { input.removeFirst() }
    }

    @inline(__always)
    private mutating func execute(
        _ decoded: borrowing DecodedRequests, in buffer: borrowing ByteBuffer, for session: inout Session,
        into output: inout ReplyBuffer
    ) {
        let request = decoded.requests[decoded.next]
        if request.sliceCount == 0 { return }
        requestCount += 1
        let arguments = Arguments(
            request, in: buffer.bytes, unquoted: decoded.unquoted.span, slices: decoded.slices.span)
        run(request.command, arguments, holding: buffer.capacity, for: &session, into: &output)
    }

    /// Finds the commands of all decoded requests, and starts to load what their keys' look-ups will read.
    /// Each look-up that misses the cache costs as much as parsing a whole request; in a batch, they all wait at the same
    /// time. (NOTES.md, "Memory is slow", has the figures.)
    private func lookUp(
        _ requests: inout [DecodedRequests.Request], in buffer: borrowing ByteBuffer, _ slices: [DecodedRequests.Slice],
        _ unquoted: [UInt8]
    ) {
        // A span checks once that nobody else holds the array; the array would check at each change.
        var requests = requests.mutableSpan
        for index in requests.indices {
            let arguments = Arguments(
                requests[index], in: buffer.bytes, unquoted: unquoted.span, slices: slices.span)
            guard arguments.count > 0, let command = commands.find(arguments[0]) else { continue }
            requests[index].command = command
            guard commands.shapes[Int(command)].startsWithKey, arguments.count > 1 else { continue }
            let hash = keys.hash(arguments[1])
            requests[index].keyHash = hash
            keys.prefetchBucket(hash)
        }
        for index in requests.indices { if let hash = requests[index].keyHash { keys.prefetchEntry(hash) } }
        for index in requests.indices { if let hash = requests[index].keyHash { keys.prefetchNextEntry(hash) } }
    }

    @inline(__always)
    private mutating func run(
        _ command: UInt8?, _ arguments: Arguments, holding own: Int, for session: inout Session,
        into output: inout ReplyBuffer
    ) {
        if session.transaction != nil { return queue(command, arguments, holding: own, for: &session, into: &output) }
        guard let command else { return reject(arguments, for: &session, into: &output) }
        let index = Int(command)
        let (arity, deniesOOM) = (commands.shapes[index].arity, commands.shapes[index].deniesOOM)
        guard arity < 0 ? arguments.count >= -arity : arguments.count == arity else {
            return output.appendWrongNumberOfArguments(Command.all[index].name)
        }
        if deniesOOM && lacksMemory(for: arguments, holding: own) {
            return output.appendOutOfMemory()
        }
        let body = commands.bodies[index].run
        body(&self, arguments, &session, &output)
    }

    func reject(_ arguments: Arguments, for session: inout Session, into output: inout ReplyBuffer) {
        // A web browser was tricked into sending a form here: its text may be anybody's commands.
        let name = arguments[0].upToZeroByte
        if name.spells("post") || name.spells("host:") && name[4] == UInt8(ascii: ":") {
            session.isEnding = true
        } else {
            output.appendUnknownCommand(arguments)
        }
    }

    /// What keys and values take, and the buffers of clients.
    var usedMemory: Int { keys.usedMemory + ClientMemory.used }

    /// What a new key takes beside its name and its value, in bytes.
    private static let overhead = Entry.headerSize + 16

    /// Whether a request is to be refused because what it adds would exceed `--max-memory`. All its arguments count as
    /// if they were to be stored beside what is there, so an old value does not make room for the one that replaces it.
    ///
    /// - Parameter own: what its own buffer takes, which it will give back.
    @inline(__always)
    func lacksMemory(for arguments: Arguments, holding own: Int) -> Bool {
        server.maxMemory > 0 && exceedsLimit(arguments, own)
    }

    @inline(never)
    private func exceedsLimit(_ arguments: Arguments, _ own: Int) -> Bool {
        var added = Self.overhead
        for index in 1..<arguments.count { added += arguments[index].count }
        return usedMemory - own + added > server.maxMemory
    }

    // MARK: What commands share

    /// The entry of the first key, if it has one that has not expired, and the hash it was looked for by.
    @inline(__always)
    mutating func findKey(_ arguments: Arguments) -> (entry: Entry?, hash: UInt64) {
        let hash = arguments.keyHash ?? keys.hash(arguments[1])
        return (keys.find(arguments[1], hash: hash), hash)
    }

    /// The time from which a time to live is counted: now, and not when the caller last looked at the clock. Since then a
    /// long command may have run, and a key that is to live for a moment would have ended before its client knew.
    mutating func readClock() -> Int64 {
        if followsClock { keys.now = Clock.realTime }
        return keys.now
    }

    /// Whether the reply that began at `start` may have a further element of so many bytes; if not, an error stands in
    /// its place. Naming one long value often enough would else take all memory there is.
    func hasRoom(for count: Int = 0, in output: inout ReplyBuffer, since start: Int) -> Bool {
        let length = output.count - start + count
        if length <= maxReplyLength && (length <= ClientMemory.share || ClientMemory.allowsReply(of: count)) {
            return true
        }
        output.bytes.truncate(to: start)
        output.appendError("ERR reply too long")
        return false
    }
}
