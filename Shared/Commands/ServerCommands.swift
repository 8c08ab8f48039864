// The commands about the server and the connection: what clients ask before they ask anything else.

extension Command {
    static let serverCommands = [
        Command("ping", arity: -1, [.fast]) { $0.ping($1, &$3) },
        Command("echo", arity: 2, [.fast]) { $3.appendString($1[1]) },
        Command("quit", arity: -1, [.fast, .immediate]) {
            $3.appendOK()
            $2.isEnding = true
        },
        Command("dbsize", arity: 1, [.readonly, .fast]) { $3.appendInteger(Int64($0.keys.count)) },
        Command("flushall", arity: -1, [.write]) { $0.flush($1, &$3) },
        Command("flushdb", arity: -1, [.write]) { $0.flush($1, &$3) },
        Command("type", arity: 2, [.readonly, .fast], keys: .one) { $0.type($1, &$3) },
        Command("select", arity: 2, [.fast]) { $0.select($1[1], &$3) },
        Command("info", arity: -1, []) { $0.info($1, &$3) },
        Command("hello", arity: -1, [.fast]) { $0.hello($1, for: &$2, &$3) },
        Command("auth", arity: -2, [.fast]) { $0.authenticate($1, &$3) },
    ]

    static let clientFamily = Command(
        family: "client", arity: -2,
        [
            Subcommand(
                "getname", arity: 2, help: "GETNAME", "    Return the name of the current connection."
            ) { _, _, session, output in
                if session.name.isEmpty { output.appendNull() } else { output.appendString(session.name.span) }
            },
            Subcommand(
                "id", arity: 2, help: "ID", "    Return the ID of the current connection."
            ) { _, _, session, output in
                output.appendInteger(Int64(session.id))
            },
            Subcommand(
                "setname", arity: 3, help: "SETNAME <name>",
                "    Assign the name <name> to the current connection."
            ) { store, arguments, session, output in
                if store.setName(arguments[2], of: &session, &output) { output.appendOK() }
            },
        ])
}

extension KeyValueStore {
    /// The version of Redis whose replies these are. Clients decide by it what they may send.
    static let redisVersion = "7.0.15"

    func ping(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        switch arguments.count {
        case 1: output.appendStatus("PONG")
        case 2: output.appendString(arguments[1])
        default: output.appendWrongNumberOfArguments("ping")
        }
    }

    mutating func flush(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        if arguments.count > 1 {
            let mode = arguments[1].upToZeroByte
            guard arguments.count == 2, mode.spells("SYNC") || mode.spells("ASYNC") else {
                return output.appendSyntaxError()
            }
        }
        keys.removeAll()
        output.appendOK()
    }

    mutating func type(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        output.appendStatus(findKey(arguments).entry == nil ? "none" : "string")
    }

    func select(_ index: Span<UInt8>, _ output: inout ReplyBuffer) {
        guard let number = Int64(decimal: index) else { return output.appendNotAnInteger() }
        guard number == Int64(Int32(truncatingIfNeeded: number)) else {
            return output.appendError(
                "ERR value is out of range, value must between -2147483648 and 2147483647")
        }
        if number == 0 { output.appendOK() } else { output.appendError("ERR DB index is out of range") }
    }

    // MARK: HELLO, CLIENT

    /// HELLO [version [AUTH user password] [SETNAME name]]
    mutating func hello(_ arguments: Arguments, for session: inout Session, _ output: inout ReplyBuffer) {
        var version: Int64 = 0
        if arguments.count > 1 {
            guard let number = Int64(decimal: arguments[1]) else {
                return output.appendError("ERR Protocol version is not an integer or out of range")
            }
            guard number == 2 || number == 3 else {
                return output.appendError("NOPROTO unsupported protocol version")
            }
            version = number
        }
        var index = 2
        while index < arguments.count {
            let (option, rest) = (arguments[index].upToZeroByte, arguments.count - index - 1)
            if option.spells("AUTH"), rest >= 2 {
                guard isUser(arguments[index + 1]) else { return output.appendWrongPassword() }
                index += 3
            } else if option.spells("SETNAME"), rest >= 1 {
                guard setName(arguments[index + 1], of: &session, &output) else { return }
                index += 2
            } else {
                return output.appendError {
                    $0.append("ERR Syntax error in HELLO option '")
                    $0.append(foreign: option, atMost: .max)
                    $0.append("'")
                }
            }
        }
        // The binary protocol has no versions.
        if version > 0 && output.wireProtocol != .lengthPrefixed {
            output.wireProtocol = version == 3 ? .resp3 : .resp2
        }
        output.beginMap(7)
        output.appendString("server")
        output.appendString("redis")
        output.appendString("version")
        output.appendString(Self.redisVersion)
        output.appendString("proto")
        output.appendInteger(output.wireProtocol == .resp3 ? 3 : 2)
        output.appendString("id")
        output.appendInteger(Int64(session.id))
        output.appendString("mode")
        output.appendString("standalone")
        output.appendString("role")
        output.appendString("master")
        output.appendString("modules")
        output.beginArray(0)
    }

    /// AUTH [user] password, as a server answers it that has one user, and no password for it.
    func authenticate(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        switch arguments.count {
        case 2:
            output.appendError(
                """
                ERR AUTH <password> called without any password configured for the default user. \
                Are you sure your configuration is correct?
                """)
        case 3 where isUser(arguments[1]): output.appendOK()
        case 3: output.appendWrongPassword()
        default: output.appendSyntaxError()
        }
    }

    private func isUser(_ name: Span<UInt8>) -> Bool {
        name.hasSameBytes(as: "default".utf8.span)
    }

    /// The longest name a client can give itself, in bytes. Every client may have one, and nothing is ever sent for it.
    private static let maxClientNameLength = 4096

    /// Names the session; false, with an error appended, when the name would spoil a list of clients.
    fileprivate func setName(_ name: Span<UInt8>, of session: inout Session, _ output: inout ReplyBuffer) -> Bool {
        guard name.count <= Self.maxClientNameLength else {
            output.appendError("ERR Client names cannot be longer than 4096 bytes.")
            return false
        }
        for index in 0..<name.count where !(UInt8(ascii: "!")...UInt8(ascii: "~")).contains(name[index]) {
            output.appendError("ERR Client names cannot contain spaces, newlines or special characters.")
            return false
        }
        session.name = name.copy
        return true
    }

    // MARK: Questions about the server

    /// The longest argument that can name a setting or a section. A longer one is ignored: making text of half a
    /// gigabyte, once for each setting, would hold everybody up for minutes.
    static let maxNameLength = 128

    /// The most arguments of a request that asks about the server: more than there is to ask. Each is compared with all
    /// there is, and a million of them would hold everybody up for seconds.
    private static let maxQuestions = 1024

    /// Whether a request asks for more than `maxQuestions`; an error has then been appended.
    func isTooMuch(_ arguments: Arguments, _ output: inout ReplyBuffer) -> Bool {
        if arguments.count <= Self.maxQuestions { return false }
        output.appendError("ERR too many arguments")
        return true
    }
}

extension ReplyBuffer {
    fileprivate mutating func appendWrongPassword() {
        appendError("WRONGPASS invalid username-password pair or user is disabled.")
    }
}

extension Span<UInt8> {
    /// The same text with ASCII capitals in lower case, as in Redis.
    var lowercased: String {
        String(decoding: copy.map { (65...90).contains($0) ? $0 | 0x20 : $0 }, as: UTF8.self)
    }
}
