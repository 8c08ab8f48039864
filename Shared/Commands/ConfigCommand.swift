// CONFIG: what clients and tools ask about a server before they use it, and the little that can be changed here.

extension Command {
    static let configFamily = Command(
        family: "config", arity: -2,
        [
            Subcommand(
                "get", arity: -3, help: "GET <pattern>",
                "    Return parameters matching the glob-like <pattern> and their values."
            ) { $0.getSettings($1, &$3) },
            Subcommand(
                "set", arity: -4, help: "SET <directive> <value>",
                "    Set the configuration <directive> to <value>."
            ) { $0.changeSettings($1, &$3) },
        ])
}

/// A setting, by its name in Redis.
private struct Setting {
    let name: String
    let value: String
    /// Redis lets it be changed. But for `maxmemory` only to what it is already: nothing here could obey.
    var isMutable = true
}

extension KeyValueStore {
    private var settings: [Setting] {
        [
            Setting(name: "appendonly", value: "no"), Setting(name: "save", value: ""),
            Setting(name: "databases", value: "1", isMutable: false), Setting(name: "bind", value: server.host),
            Setting(name: "port", value: "\(server.port)"),
            Setting(name: "maxclients", value: "\(server.maxConnections)"),
            Setting(name: "maxmemory", value: "\(server.maxMemory)"),
            Setting(name: "maxmemory-policy", value: "noeviction"),
            Setting(name: "timeout", value: "\(server.idleTimeout)"),
            Setting(name: "proto-max-bulk-len", value: "\(RESPCodec.maxBulkLength)"),
            Setting(name: "client-query-buffer-limit", value: "\(RESPCodec.maxRequestLength)"),
            Setting(name: "cluster-enabled", value: "no", isMutable: false),
            Setting(name: "notify-keyspace-events", value: ""), Setting(name: "requirepass", value: ""),
        ]
    }

    /// CONFIG GET pattern [pattern ...]
    func getSettings(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        if isTooMuch(arguments, &output) { return }
        // A name is given back as it was asked for; for a pattern, the name of each setting that it matches.
        var found: [(name: String, value: String)] = []
        var names: Set<String> = []
        for index in 2..<arguments.count where arguments[index].count <= Self.maxNameLength {
            let argument = arguments[index].upToZeroByte
            let (asked, lowercased) = (String(decoding: argument.copy, as: UTF8.self), argument.lowercased)
            let isPattern = asked.utf8.contains { "[*?".utf8.contains($0) }
            var glob = Glob(argument, ignoresCase: true)
            for setting in settings {
                let fits = isPattern ? glob.matches(setting.name.utf8.span) : lowercased == setting.name
                let reply = isPattern ? setting.name : asked
                if fits && names.insert(reply).inserted { found.append((reply, setting.value)) }
            }
        }
        output.beginMap(found.count)
        for (name, value) in found {
            output.appendString(name)
            output.appendString(value)
        }
    }

    /// CONFIG SET name value [name value ...]: all of them, or none.
    mutating func changeSettings(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        if arguments.count % 2 == 1 { return output.appendSyntaxError() }
        if isTooMuch(arguments, &output) { return }
        guard let changes = findSettings(arguments, &output) else { return }
        var maxMemory = server.maxMemory
        for (setting, index) in changes {
            let value = arguments[index]
            if setting.name == "maxmemory" {
                guard let bytes = Int(memorySize: value) else {
                    return output.appendCannotSet(setting.name.utf8.span, "argument must be a memory value")
                }
                maxMemory = bytes
            } else if !value.hasSameBytes(as: setting.value.utf8.span) {
                return output.appendCannotSet(setting.name.utf8.span, "can't set immutable config")
            }
        }
        server.maxMemory = maxMemory
        output.appendOK()
    }

    /// The settings that CONFIG SET names, each with the index of its new value. Nil when one cannot be set at all, or is
    /// named twice: the error has then been appended.
    private func findSettings(_ arguments: Arguments, _ output: inout ReplyBuffer) -> [(Setting, value: Int)]? {
        var changes: [(Setting, value: Int)] = []
        for index in stride(from: 2, to: arguments.count, by: 2) {
            let name = arguments[index].upToZeroByte
            guard name.count <= Self.maxNameLength, let setting = settings.first(where: { $0.name == name.lowercased })
            else {
                output.appendError {
                    $0.append("ERR Unknown option or number of arguments for CONFIG SET - '")
                    $0.append(foreign: name, atMost: .max)
                    $0.append("'")
                }
                return nil
            }
            if !setting.isMutable {
                output.appendCannotSet(name, "can't set immutable config")
                return nil
            }
            if changes.contains(where: { $0.0.name == setting.name }) {
                output.appendCannotSet(name, "duplicate parameter")
                return nil
            }
            changes.append((setting, index + 1))
        }
        return changes
    }
}

extension ReplyBuffer {
    fileprivate mutating func appendCannotSet(_ name: Span<UInt8>, _ reason: StaticString) {
        appendError {
            $0.append("ERR CONFIG SET failed (possibly related to argument '")
            $0.append(foreign: name, atMost: .max)
            $0.append("') - ")
            $0.append(reason)
        }
    }
}

extension Int {
    private static let memoryUnits: [(name: StaticString, size: Int)] = [
        ("", 1), ("b", 1), ("k", 1000), ("kb", 1 << 10), ("m", 1_000_000), ("mb", 1 << 20), ("g", 1_000_000_000),
        ("gb", 1 << 30),
    ]

    /// Digits and a unit: `100mb`. No digits are zero.
    fileprivate init?(memorySize text: Span<UInt8>) {
        let text = text.upToZeroByte
        var end = 0
        var number = 0
        while end < text.count, case let digit = Int(text[end]) - Int(UInt8(ascii: "0")), (0..<10).contains(digit) {
            let (tenfold, overflow) = number.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(digit)
            if overflow || carry { return nil }
            number = sum
            end += 1
        }
        let unit = text.extracting(end..<text.count)
        guard let (_, size) = Self.memoryUnits.first(where: { unit.spells($0.name) }),
            case (let bytes, let overflow) = number.multipliedReportingOverflow(by: size), !overflow
        else { return nil }
        self = bytes
    }
}
