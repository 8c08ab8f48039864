// From a request to its reply: find the command, check the number of its arguments, run it.
//
// Replies are those of Redis 7.0, error texts included; the tests compare the two byte for byte. Where this cheats:
// one database (SELECT 0), one type of value, no password.

/// Every command. What it does is in StringCommands, ExpiryCommands and ServerCommands.
enum Command: UInt8 {
    case ping, echo, quit
    case set, get, del, exists, strlen, append, incr, decr, incrby, decrby, mget, mset
    case expire, pexpire, expireat, pexpireat, ttl, pttl, persist
    case dbsize, flushall, flushdb, type
    case select, info, command, config, client, hello
}

/// A command's name and what COMMAND tells about it.
struct CommandDescription: Sendable {
    let command: Command
    let name: StaticString
    /// The number of arguments, the name included; negative: at least so many.
    let arity: Int
    /// Whether it reads keys or changes them, and whether it is refused when memory is full.
    let flags: Flags
    /// Which arguments are keys: first, last (negative: counted from the end), step.
    var keys: (first: Int, last: Int, step: Int) = (1, 1, 1)

    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8
        static let readonly = Flags(rawValue: 1)
        static let write = Flags(rawValue: 2)
        static let denyOOM = Flags(rawValue: 4)
        static let fast = Flags(rawValue: 8)
    }
}

/// Finds a command by its name: a small hash table over the name's bytes, made once.
struct CommandTable: Sendable {
    static let all: [CommandDescription] = [
        .init(command: .ping, name: "ping", arity: -1, flags: [.fast], keys: (0, 0, 0)),
        .init(command: .echo, name: "echo", arity: 2, flags: [.fast], keys: (0, 0, 0)),
        .init(command: .quit, name: "quit", arity: -1, flags: [.fast], keys: (0, 0, 0)),
        .init(command: .set, name: "set", arity: -3, flags: [.write, .denyOOM]),
        .init(command: .get, name: "get", arity: 2, flags: [.readonly, .fast]),
        .init(command: .del, name: "del", arity: -2, flags: [.write], keys: (1, -1, 1)),
        .init(command: .exists, name: "exists", arity: -2, flags: [.readonly, .fast], keys: (1, -1, 1)),
        .init(command: .strlen, name: "strlen", arity: 2, flags: [.readonly, .fast]),
        .init(command: .append, name: "append", arity: 3, flags: [.write, .denyOOM, .fast]),
        .init(command: .incr, name: "incr", arity: 2, flags: [.write, .denyOOM, .fast]),
        .init(command: .decr, name: "decr", arity: 2, flags: [.write, .denyOOM, .fast]),
        .init(command: .incrby, name: "incrby", arity: 3, flags: [.write, .denyOOM, .fast]),
        .init(command: .decrby, name: "decrby", arity: 3, flags: [.write, .denyOOM, .fast]),
        .init(command: .mget, name: "mget", arity: -2, flags: [.readonly, .fast], keys: (1, -1, 1)),
        .init(command: .mset, name: "mset", arity: -3, flags: [.write, .denyOOM], keys: (1, -1, 2)),
        .init(command: .expire, name: "expire", arity: -3, flags: [.write, .fast]),
        .init(command: .pexpire, name: "pexpire", arity: -3, flags: [.write, .fast]),
        .init(command: .expireat, name: "expireat", arity: -3, flags: [.write, .fast]),
        .init(command: .pexpireat, name: "pexpireat", arity: -3, flags: [.write, .fast]),
        .init(command: .ttl, name: "ttl", arity: 2, flags: [.readonly, .fast]),
        .init(command: .pttl, name: "pttl", arity: 2, flags: [.readonly, .fast]),
        .init(command: .persist, name: "persist", arity: 2, flags: [.write, .fast]),
        .init(command: .dbsize, name: "dbsize", arity: 1, flags: [.readonly, .fast], keys: (0, 0, 0)),
        .init(command: .flushall, name: "flushall", arity: -1, flags: [.write], keys: (0, 0, 0)),
        .init(command: .flushdb, name: "flushdb", arity: -1, flags: [.write], keys: (0, 0, 0)),
        .init(command: .type, name: "type", arity: 2, flags: [.readonly, .fast]),
        .init(command: .select, name: "select", arity: 2, flags: [.fast], keys: (0, 0, 0)),
        .init(command: .info, name: "info", arity: -1, flags: [], keys: (0, 0, 0)),
        .init(command: .command, name: "command", arity: -1, flags: [], keys: (0, 0, 0)),
        .init(command: .config, name: "config", arity: -2, flags: [], keys: (0, 0, 0)),
        .init(command: .client, name: "client", arity: -2, flags: [], keys: (0, 0, 0)),
        .init(command: .hello, name: "hello", arity: -1, flags: [.fast], keys: (0, 0, 0)),
    ]

    /// Twice as many places as commands, and more, so that nearly every name is found at once.
    private static let bits = 7
    private var places = [(name: PackedName, description: CommandDescription)?](
        repeating: nil, count: 1 << bits)

    init() {
        for description in Self.all {
            let name = PackedName(
                unsafe Span(
                    _unsafeStart: description.name.utf8Start, count: description.name.utf8CodeUnitCount))!
            var place = name.hash(bits: Self.bits)
            while places[place] != nil { place = (place + 1) % places.count }
            places[place] = (name, description)
        }
    }

    /// Finds the command, whatever its case.
    @inline(__always)
    func find(_ name: Span<UInt8>) -> CommandDescription? {
        guard let name = PackedName(name) else { return nil }
        var place = name.hash(bits: Self.bits)
        while let candidate = places[place] {
            if candidate.name == name { return candidate.description }
            place = (place + 1) % places.count
        }
        return nil
    }
}

/// A name of up to 15 letters in two integers, in lower case, and its length: compared in two instructions.
struct PackedName: Equatable, Sendable {
    private var low: UInt64 = 0
    private var high: UInt64

    /// Nil for a name that is longer.
    @inline(__always)
    init?(_ name: Span<UInt8>) {
        guard name.count < 16 else { return nil }
        high = UInt64(name.count) << 56
        for index in 0..<name.count {
            // Letters differ from capitals in this bit alone; no other byte becomes a letter by it.
            let byte = UInt64(name[index] | 0x20)
            if index < 8 { low |= byte << (8 * index) } else { high |= byte << (8 * (index - 8)) }
        }
    }

    @inline(__always)
    func hash(bits: Int) -> Int {
        Int(truncatingIfNeeded: ((low ^ high) &* 0x9E37_79B9_7F4A_7C15) >> (64 - bits))
    }
}

extension KeyValueStore {
    /// Executes the next of `requests`, and appends its reply.
    ///
    /// - Parameter buffer: what the requests were decoded from.
    public mutating func execute(
        _ requests: inout Requests, in buffer: borrowing ByteBuffer, for session: inout Session,
        replies: inout Replies
    ) {
        let request = requests.requests[requests.next]
        requests.next += 1
        let range = request.firstSlice..<request.firstSlice + request.sliceCount
        let arguments = Arguments(
            buffer.bytes, unquoted: requests.unquoted.span, slices: requests.slices.span.extracting(range))
        guard arguments.count > 0 else { return }
        requestCount += 1
        replies.appendReply { run(arguments, hash: request.hash, for: &session, replies: &$0) }
    }

    @inline(__always)
    private mutating func run(
        _ arguments: Arguments, hash: UInt64, for session: inout Session, replies: inout Replies
    ) {
        guard let found = commands.find(arguments[0]) else {
            // A web browser that was made to send a form here: its text may be anybody's commands.
            let name = arguments[0].upToZeroByte
            if name.spells("post") || name.spells("host:") && name[4] == UInt8(ascii: ":") {
                session.isEnding = true
                return
            }
            return replies.appendUnknownCommand(arguments)
        }
        let count = arguments.count
        guard found.arity < 0 ? count >= -found.arity : count == found.arity else {
            return replies.appendWrongNumberOfArguments(found.name)
        }
        if found.flags.contains(.denyOOM) && isFull {
            return replies.appendError("OOM command not allowed when used memory > 'maxmemory'.")
        }
        switch found.command {
        case .get: get(arguments, hash: hash, &replies)
        case .set: set(arguments, hash: hash, &replies)
        case .ping: ping(arguments, &replies)
        case .echo: replies.appendString(arguments[1])
        case .quit:
            replies.appendOK()
            session.isEnding = true
        case .del: delete(arguments, &replies)
        case .exists: exists(arguments, &replies)
        case .strlen: replies.appendInteger(Int64(find(arguments[1])?.value.count ?? 0))
        case .append: append(arguments, &replies)
        case .incr: increment(arguments[1], by: 1, &replies)
        case .decr: increment(arguments[1], by: -1, &replies)
        case .incrby: incrementBy(arguments, &replies)
        case .decrby: decrementBy(arguments, &replies)
        case .mget: getMany(arguments, &replies)
        case .mset: setMany(arguments, &replies)
        case .expire: expire(arguments, found.name, unit: 1000, base: readClock(), &replies)
        case .pexpire: expire(arguments, found.name, unit: 1, base: readClock(), &replies)
        case .expireat: expire(arguments, found.name, unit: 1000, base: 0, &replies)
        case .pexpireat: expire(arguments, found.name, unit: 1, base: 0, &replies)
        case .ttl: timeToLive(arguments[1], inSeconds: true, &replies)
        case .pttl: timeToLive(arguments[1], inSeconds: false, &replies)
        case .persist: persist(arguments[1], &replies)
        case .dbsize: replies.appendInteger(Int64(self.count))
        case .flushall, .flushdb: flush(arguments, &replies)
        case .type: replies.appendStatus(find(arguments[1]) == nil ? "none" : "string")
        case .select: select(arguments[1], &replies)
        case .info: info(arguments, &replies)
        case .command: command(arguments, &replies)
        case .config: config(arguments, &replies)
        case .client: client(arguments, for: &session, &replies)
        case .hello: hello(arguments, for: &session, &replies)
        }
    }
}

extension Replies {
    mutating func appendNotAnInteger() {
        appendError("ERR value is not an integer or out of range")
    }

    mutating func appendSyntaxError() {
        appendError("ERR syntax error")
    }

    mutating func appendWrongNumberOfArguments(_ name: StaticString) {
        appendError {
            $0.append("ERR wrong number of arguments for '")
            $0.append(name)
            $0.append("' command")
        }
    }

    /// The most bytes of a client's own words that an error gives back to it, as in Redis.
    static let longestQuotation = 128

    /// Names the command and as many of its arguments as fit into `longestQuotation`.
    mutating func appendUnknownCommand(_ arguments: Arguments) {
        appendError { text in
            text.append("ERR unknown command '")
            text.append(foreign: arguments[0], atMost: Self.longestQuotation)
            text.append("', with args beginning with: ")
            var length = 0
            for index in 1..<max(1, arguments.count) where length < Self.longestQuotation {
                text.append("'")
                length += text.append(foreign: arguments[index], atMost: Self.longestQuotation - length) + 3
                text.append("' ")
            }
        }
    }
}

extension ByteBuffer {
    /// Appends a client's bytes to an error text: cut at `limit` or at a zero byte, as C would, and without line
    /// breaks, which would end the reply and let a client forge the next one.
    ///
    /// - Returns: how many were appended.
    @discardableResult
    mutating func append(foreign bytes: Span<UInt8>, atMost limit: Int) -> Int {
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte == 0 || index == limit { return index }
            append(byte.isLineBreak ? UInt8(ascii: " ") : byte)
        }
        return bytes.count
    }
}

extension UInt8 {
    var isLineBreak: Bool { self == UInt8(ascii: "\r") || self == UInt8(ascii: "\n") }
}

extension Span<UInt8> {
    /// What C takes for the text: the bytes before the first zero byte. Redis looks at options so.
    var upToZeroByte: Span<UInt8> {
        @_lifetime(copy self)
        get {
            for index in 0..<count where self[index] == 0 { return extracting(0..<index) }
            return self
        }
    }

    /// Whether these bytes spell `name`, whatever their case.
    func spells(_ name: StaticString) -> Bool {
        guard let mine = PackedName(self) else { return false }
        return mine == PackedName(unsafe Span(_unsafeStart: name.utf8Start, count: name.utf8CodeUnitCount))
    }
}
