// Commands that are families: CLIENT ID, CONFIG GET. Redis knows the members as it knows commands: one that does not
// exist, or has the wrong number of arguments, is refused before anything is executed, and so spoils a transaction.

/// A member of a family.
struct Subcommand: Sendable {
    let name: StaticString
    /// The number of arguments, both names included; negative: at least so many.
    let arity: Int
    /// What HELP tells about it, in Redis's words: how it is called, then what it does.
    let help: [StaticString]
    let run: Command.Body

    init(_ name: StaticString, arity: Int, help: StaticString..., run: @escaping Command.Body) {
        self.name = name
        self.arity = arity
        self.help = help
        self.run = run
    }

    /// What a second word can stand for. Every family has HELP.
    enum Found {
        case subcommand(Subcommand)
        case help
    }
}

extension [Subcommand] {
    /// The member that `arguments` name. Nil when there is none, or they are too many or too few: the error has then been
    /// appended.
    func find(_ arguments: Arguments, of family: StaticString, _ output: inout ReplyBuffer) -> Subcommand.Found? {
        let name = arguments[1]
        if name.spells("help") {
            if arguments.count == 2 { return .help }
            output.appendWrongNumberOfArguments(family, "help")
            return nil
        }
        for subcommand in self where name.spells(subcommand.name) {
            let arity = subcommand.arity
            if arity < 0 ? arguments.count >= -arity : arguments.count == arity { return .subcommand(subcommand) }
            output.appendWrongNumberOfArguments(family, subcommand.name)
            return nil
        }
        output.appendUnknownSubcommand(name, of: family)
        return nil
    }
}

extension ReplyBuffer {
    fileprivate mutating func appendWrongNumberOfArguments(_ family: StaticString, _ name: StaticString) {
        appendError {
            $0.append("ERR wrong number of arguments for '")
            $0.append(family)
            $0.append("|")
            $0.append(name)
            $0.append("' command")
        }
    }

    fileprivate mutating func appendUnknownSubcommand(_ name: Span<UInt8>, of family: StaticString) {
        appendError {
            $0.append("ERR unknown subcommand '")
            $0.append(foreign: name, atMost: Self.maxQuotation)
            $0.append("'. Try ")
            $0.append(text: "\(family)".uppercased())
            $0.append(" HELP.")
        }
    }

    mutating func appendHelp(_ subcommands: [Subcommand], of family: StaticString) {
        let lines = subcommands.flatMap(\.help) + ["HELP", "    Prints this help."]
        beginArray(lines.count + 1)
        appendStatus {
            $0.append(text: "\(family)".uppercased())
            $0.append(" <subcommand> [<arg> [value] [opt] ...]. Subcommands are:")
        }
        for line in lines { appendStatus(line) }
    }
}
