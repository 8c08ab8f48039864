// The commands about the server and the connection: what clients ask before they ask anything else.

@preconcurrency @unsafe import Glibc

extension KeyValueStore {
    /// The version of Redis whose replies these are. Clients decide by it what they may send.
    private static let redisVersion = "7.0.15"

    func ping(_ arguments: Arguments, _ replies: inout Replies) {
        switch arguments.count {
        case 1: replies.appendStatus("PONG")
        case 2: replies.appendString(arguments[1])
        default: replies.appendWrongNumberOfArguments("ping")
        }
    }

    mutating func flush(_ arguments: Arguments, _ replies: inout Replies) {
        if arguments.count > 1 {
            let mode = arguments[1].upToZeroByte
            guard arguments.count == 2, mode.spells("SYNC") || mode.spells("ASYNC") else {
                return replies.appendSyntaxError()
            }
        }
        removeAll()
        replies.appendOK()
    }

    func select(_ index: Span<UInt8>, _ replies: inout Replies) {
        guard let number = Int64(decimal: index) else { return replies.appendNotAnInteger() }
        guard number == Int64(Int32(truncatingIfNeeded: number)) else {
            return replies.appendError(
                "ERR value is out of range, value must between -2147483648 and 2147483647")
        }
        if number == 0 { replies.appendOK() } else { replies.appendError("ERR DB index is out of range") }
    }

    // MARK: HELLO, CLIENT

    /// HELLO [version [AUTH user password] [SETNAME name]]
    mutating func hello(_ arguments: Arguments, for session: inout Session, _ replies: inout Replies) {
        var version: Int64 = 0
        if arguments.count > 1 {
            guard let number = Int64(decimal: arguments[1]) else {
                return replies.appendError("ERR Protocol version is not an integer or out of range")
            }
            guard number == 2 || number == 3 else {
                return replies.appendError("NOPROTO unsupported protocol version")
            }
            version = number
        }
        var index = 2
        while index < arguments.count {
            let (option, rest) = (arguments[index].upToZeroByte, arguments.count - index - 1)
            if option.spells("AUTH"), rest >= 2 {
                // There is one user, and any password is right.
                guard arguments[index + 1].hasSameBytes(as: "default".utf8.span) else {
                    return replies.appendError(
                        "WRONGPASS invalid username-password pair or user is disabled.")
                }
                index += 3
            } else if option.spells("SETNAME"), rest >= 1 {
                guard setName(arguments[index + 1], of: &session, &replies) else { return }
                index += 2
            } else {
                return replies.appendError {
                    $0.append("ERR Syntax error in HELLO option '")
                    $0.append(foreign: option, atMost: .max)
                    $0.append("'")
                }
            }
        }
        // The binary protocol has no versions.
        if version > 0 && replies.encoding != .lengthPrefixed {
            replies.encoding = version == 3 ? .resp3 : .resp2
        }
        replies.beginMap(7)
        replies.appendString("server")
        replies.appendString("redis")
        replies.appendString("version")
        replies.appendString(Self.redisVersion)
        replies.appendString("proto")
        replies.appendInteger(replies.encoding == .resp3 ? 3 : 2)
        replies.appendString("id")
        replies.appendInteger(Int64(session.id))
        replies.appendString("mode")
        replies.appendString("standalone")
        replies.appendString("role")
        replies.appendString("master")
        replies.appendString("modules")
        replies.beginArray(0)
    }

    func client(_ arguments: Arguments, for session: inout Session, _ replies: inout Replies) {
        let (subcommand, count) = (arguments[1], arguments.count)
        if subcommand.spells("ID") {
            if count != 2 { return replies.appendWrongNumberOfArguments("client|id") }
            replies.appendInteger(Int64(session.id))
        } else if subcommand.spells("GETNAME") {
            if count != 2 { return replies.appendWrongNumberOfArguments("client|getname") }
            if session.name.isEmpty { replies.appendNull() } else { replies.appendString(session.name.span) }
        } else if subcommand.spells("SETNAME") {
            if count != 3 { return replies.appendWrongNumberOfArguments("client|setname") }
            if setName(arguments[2], of: &session, &replies) { replies.appendOK() }
        } else {
            replies.appendUnknownSubcommand(subcommand, of: "CLIENT")
        }
    }

    /// Names the session; false, with an error appended, when the name would spoil a list of clients.
    private func setName(_ name: Span<UInt8>, of session: inout Session, _ replies: inout Replies) -> Bool {
        for index in 0..<name.count where !(UInt8(ascii: "!")...UInt8(ascii: "~")).contains(name[index]) {
            replies.appendError("ERR Client names cannot contain spaces, newlines or special characters.")
            return false
        }
        session.name = []
        for index in 0..<name.count { session.name.append(name[index]) }
        return true
    }

    // MARK: COMMAND

    func command(_ arguments: Arguments, _ replies: inout Replies) {
        guard arguments.count > 1 else { return describeAllCommands(&replies) }
        let subcommand = arguments[1]
        if subcommand.spells("COUNT") {
            if arguments.count != 2 { return replies.appendWrongNumberOfArguments("command|count") }
            replies.appendInteger(Int64(CommandTable.all.count))
        } else if subcommand.spells("INFO") {
            if arguments.count == 2 { return describeAllCommands(&replies) }
            let start = replies.count
            replies.beginArray(arguments.count - 2)
            for index in 2..<arguments.count {
                guard hasRoom(in: &replies, since: start) else { return }
                if let found = commands.find(arguments[index]) {
                    replies.append(found)
                } else {
                    replies.appendNull()
                }
            }
        } else if subcommand.spells("DOCS") {
            // redis-cli asks for help texts, and is content with none.
            replies.beginMap(0)
        } else {
            replies.appendUnknownSubcommand(subcommand, of: "COMMAND")
        }
    }

    private func describeAllCommands(_ replies: inout Replies) {
        replies.beginArray(CommandTable.all.count)
        for description in CommandTable.all { replies.append(description) }
    }

    // MARK: CONFIG, INFO

    /// The longest argument that can name a setting or a section. A longer one is not looked at: to make text of half a
    /// gigabyte, once for each setting, would hold everybody up for minutes.
    private static let longestName = 128

    /// CONFIG GET pattern [pattern ...]
    func config(_ arguments: Arguments, _ replies: inout Replies) {
        guard arguments[1].spells("GET") else {
            return replies.appendUnknownSubcommand(arguments[1], of: "CONFIG")
        }
        if arguments.count < 3 { return replies.appendWrongNumberOfArguments("config|get") }
        let settings = [
            ("appendonly", "no"), ("save", ""), ("databases", "1"), ("bind", options.host),
            ("port", "\(port)"), ("maxclients", "\(options.maxConnections)"),
            ("maxmemory", "\(options.maxMemory)"), ("timeout", "\(options.idleTimeout)"),
            ("proto-max-bulk-len", "\(RESPCodec.longestBulkString)"),
            ("client-query-buffer-limit", "\(RESPCodec.longestRequest)"),
        ]
        // A name is given back as it was asked for; for a pattern, the name of each setting that it matches.
        var found: [(name: String, value: String)] = []
        var names: Set<String> = []
        for index in 2..<arguments.count where arguments[index].count <= Self.longestName {
            let asked = String(decoding: arguments[index].copy, as: UTF8.self)
            let lowercased = arguments[index].lowercased
            let isPattern = asked.utf8.contains { "[*?".utf8.contains($0) }
            for (name, value) in settings {
                let fits = unsafe isPattern ? fnmatch(lowercased, name, 0) == 0 : lowercased == name
                let reply = isPattern ? name : asked
                if fits && names.insert(reply).inserted { found.append((reply, value)) }
            }
        }
        replies.beginMap(found.count)
        for (name, value) in found {
            replies.appendString(name)
            replies.appendString(value)
        }
    }

    /// INFO [section ...]
    func info(_ arguments: Arguments, _ replies: inout Replies) {
        let wanted = (1..<max(1, arguments.count)).filter { arguments[$0].count <= Self.longestName }
            .map { arguments[$0].lowercased }
        let wantsAll = arguments.count == 1 || wanted.contains { ["all", "default", "everything"].contains($0) }
        let sections = [
            (
                "Server",
                """
                redis_version:\(Self.redisVersion)
                redis_mode:standalone
                server_name:\(options.stage)
                process_id:\(getpid())
                tcp_port:\(port)
                """
            ),
            (
                "Clients",
                """
                connected_clients:\(Statistics.openConnections.value)
                maxclients:\(options.maxConnections)
                """
            ),
            ("Memory", "used_memory_dataset:\(usedMemory)\nmaxmemory:\(options.maxMemory)"),
            (
                "Stats",
                """
                total_connections_received:\(Statistics.connections.value)
                rejected_connections:\(Statistics.rejected.value)
                total_commands_processed:\(requestCount)
                total_net_input_bytes:\(Statistics.bytesRead.value)
                total_net_output_bytes:\(Statistics.bytesWritten.value)
                total_reads_processed:\(Statistics.reads.value)
                total_writes_processed:\(Statistics.writes.value)
                total_waits:\(Statistics.waits.value)
                """
            ),
            ("Keyspace", count == 0 ? "" : "db0:keys=\(count),expires=\(expiringCount)"),
        ]
        let text = sections.filter { wantsAll || wanted.contains($0.0.lowercased()) }
            .map { name, lines in
                "# \(name)\r\n" + lines.split(separator: "\n").map { "\($0)\r\n" }.joined()
            }
        replies.appendText(text.joined(separator: "\r\n"))
    }
}

extension Replies {
    mutating func appendUnknownSubcommand(_ subcommand: Span<UInt8>, of command: StaticString) {
        appendError {
            $0.append("ERR unknown subcommand '")
            $0.append(foreign: subcommand, atMost: Self.longestQuotation)
            $0.append("'. Try ")
            $0.append(command)
            $0.append(" HELP.")
        }
    }

    /// Appends one element of COMMAND's reply.
    fileprivate mutating func append(_ description: CommandDescription) {
        beginArray(10)
        appendString("\(description.name)")
        appendInteger(Int64(description.arity))
        let flags: [(CommandDescription.Flags, StaticString)] = [
            (.readonly, "readonly"), (.write, "write"), (.denyOOM, "denyoom"), (.fast, "fast"),
        ]
        let set = flags.filter { description.flags.contains($0.0) }
        beginSet(set.count)
        for (_, name) in set { appendStatus(name) }
        appendInteger(Int64(description.keys.first))
        appendInteger(Int64(description.keys.last))
        appendInteger(Int64(description.keys.step))
        // Categories of access, tips, key specifications, subcommands: nothing here depends on them.
        for _ in 0..<3 { beginSet(0) }
        if [.client, .config, .command].contains(description.command) { beginArray(0) } else { beginSet(0) }
    }
}

extension Span<UInt8> {
    /// The same text with the capitals of ASCII made small, as Redis does it.
    fileprivate var lowercased: String {
        String(decoding: copy.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }

    /// The same bytes in an array.
    var copy: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in indices { copy.append(self[index]) }
        return copy
    }
}
