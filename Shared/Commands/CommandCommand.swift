// COMMAND: what commands there are, for clients that choose by it where to send a request, or help a person to type it.
// It has no DOCS: at the error that this is, redis-cli keeps to the help texts of its own.

extension Command {
    static let commandFamily = Command(
        family: "command", arity: -1,
        [
            Subcommand(
                "count", arity: 2, help: "(no subcommand)", "    Return details about all Redis commands.", "COUNT",
                "    Return the total number of commands in this Redis server."
            ) { _, _, _, output in
                output.appendInteger(Int64(Command.all.count))
            },
            Subcommand(
                "info", arity: -2, help: "INFO [<command-name> ...]",
                "    Return details about multiple Redis commands.",
                "    If no command names are given, documentation details for all", "    commands are returned."
            ) { $0.describeCommands($1, &$3) },
        ],
        alone: { $0.describeAllCommands(&$3) })
}

extension KeyValueStore {
    /// COMMAND INFO [name ...]
    func describeCommands(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        if arguments.count == 2 { return describeAllCommands(&output) }
        if isTooMuch(arguments, &output) { return }
        let start = output.count
        output.beginArray(arguments.count - 2)
        for index in 2..<arguments.count {
            guard hasRoom(in: &output, since: start) else { return }
            if let found = commands.find(arguments[index]) {
                output.append(Command.all[Int(found)])
            } else {
                output.appendNull()
            }
        }
    }

    func describeAllCommands(_ output: inout ReplyBuffer) {
        output.beginArray(Command.all.count)
        for command in Command.all { output.append(command) }
    }
}

extension ReplyBuffer {
    /// Appends one element of COMMAND's reply.
    fileprivate mutating func append(_ command: Command) {
        beginArray(10)
        appendString("\(command.name)")
        appendInteger(Int64(command.arity))
        let flags: [(Command.Flags, StaticString)] = [
            (.readonly, "readonly"), (.write, "write"), (.denyOOM, "denyoom"), (.fast, "fast"),
        ]
        let set = flags.filter { command.flags.contains($0.0) }
        beginSet(set.count)
        for (_, name) in set { appendStatus(name) }
        appendInteger(Int64(command.keys.first))
        appendInteger(Int64(command.keys.last))
        appendInteger(Int64(command.keys.step))
        // Categories of access, tips, key specifications, subcommands: nothing here depends on them.
        for _ in 0..<3 { beginSet(0) }
        if command.subcommands.isEmpty { beginSet(0) } else { beginArray(0) }
    }
}
