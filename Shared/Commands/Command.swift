// What a command is, and the table that finds one by its name. The commands themselves are declared where they are
// implemented, each in one place: StringCommands, ExpiryCommands, TransactionCommands and the other files of this folder.

/// One command.
struct Command: Sendable {
    let name: StaticString
    /// The number of arguments, the name included; negative: at least that many.
    let arity: Int
    let flags: Flags
    let keys: Keys
    /// Of a family such as CLIENT: its members.
    let subcommands: [Subcommand]
    /// What it does. The arguments have been counted.
    let run: Body

    typealias Body = @Sendable (inout KeyValueStore, Arguments, inout Session, inout ReplyBuffer) -> Void

    /// What COMMAND tells about it, and whether it is refused when memory is full.
    struct Flags: OptionSet, Sendable {
        let rawValue: UInt8
        static let readonly = Flags(rawValue: 1)
        static let write = Flags(rawValue: 2)
        static let denyOOM = Flags(rawValue: 4)
        static let fast = Flags(rawValue: 8)
        /// Executed at once between MULTI and EXEC, too. (No client asks for this one.)
        static let immediate = Flags(rawValue: 16)
    }

    /// Which arguments are keys: the first, the last (negative: counted from the end), and the step between two.
    struct Keys: Sendable {
        var first: Int
        var last: Int
        var step: Int

        static let none = Keys(first: 0, last: 0, step: 0)
        static let one = Keys(first: 1, last: 1, step: 1)
        static let all = Keys(first: 1, last: -1, step: 1)
        static let everyOther = Keys(first: 1, last: -1, step: 2)
    }

    init(_ name: StaticString, arity: Int, _ flags: Flags, keys: Keys = .none, _ run: @escaping Body) {
        self.name = name
        self.arity = arity
        self.flags = flags
        self.keys = keys
        self.subcommands = []
        self.run = run
    }

    /// A family: the second word says what to do.
    ///
    /// - Parameter alone: what it does without a second word, where its arity allows that.
    init(
        family name: StaticString, arity: Int, _ subcommands: [Subcommand],
        alone: @escaping Body = { _, _, _, _ in }
    ) {
        self.name = name
        self.arity = arity
        self.flags = []
        self.keys = .none
        self.subcommands = subcommands
        self.run = { store, arguments, session, output in
            if arguments.count == 1 { return alone(&store, arguments, &session, &output) }
            switch subcommands.find(arguments, of: name, &output) {
            case .subcommand(let subcommand): subcommand.run(&store, arguments, &session, &output)
            case .help: output.appendHelp(subcommands, of: name)
            case nil: break
            }
        }
    }

    /// All commands.
    static let all: [Command] =
        stringCommands + expiringStringCommands + expiryCommands + keyCommands + transactionCommands + serverCommands
        + [clientFamily, configFamily, commandFamily, memoryFamily]
}

/// Finds a command by its name: a small hash table over the name's bytes, made once.
struct CommandTable: Sendable {
    /// What running a command reads, kept apart from the rest, so that nothing else is copied for it.
    private(set) var shapes: [Shape] = []
    private(set) var bodies: [Body] = []
    struct Shape {
        let arity: Int
        let deniesOOM: Bool
        let startsWithKey: Bool
        let hasOneKey: Bool
    }

    /// A function stored directly in an array would be called through another one; in a structure it is not.
    struct Body: Sendable {
        let run: Command.Body
    }

    /// More than twice as many places as commands, so that nearly every name is found at once.
    private static let bits = 7
    private var places = [(name: PackedName, command: UInt8)?](repeating: nil, count: 1 << bits)

    init() {
        for (index, command) in Command.all.enumerated() {
            let shape = Shape(
                arity: command.arity, deniesOOM: command.flags.contains(.denyOOM),
                startsWithKey: command.keys.first == 1, hasOneKey: command.keys.last == 1)
            shapes.append(shape)
            bodies.append(Body(run: command.run))
            let name = PackedName(command.name.span)!
            var place = name.hash(bits: Self.bits)
            while places[place] != nil { place = (place + 1) % places.count }
            places[place] = (name, UInt8(index))
        }
    }

    /// Finds the command, whatever its case.
    @inline(__always)
    func find(_ name: Span<UInt8>) -> UInt8? {
        guard let name = PackedName(name) else { return nil }
        var place = name.hash(bits: Self.bits)
        while let candidate = places[place] {
            if candidate.name == name { return candidate.command }
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

extension StaticString {
    /// Its bytes, which live for ever.
    var span: Span<UInt8> {
        @_lifetime(immortal)
        get {
            let span = unsafe Span(_unsafeStart: utf8Start, count: utf8CodeUnitCount)
            return unsafe _overrideLifetime(span, copying: ())
        }
    }
}

extension Span<UInt8> {
    /// What C takes for the text: the bytes before the first zero byte. Redis reads options this way.
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
        return mine == PackedName(name.span)
    }
}
