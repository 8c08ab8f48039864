// The commands that look for keys by their names: KEYS, which goes through all of them at once while everybody waits,
// and SCAN, which goes through them a few at a time.

extension Command {
    static let keyCommands = [
        Command("keys", arity: 2, [.readonly]) { $0.keys($1[1], &$3) },
        Command("scan", arity: -2, [.readonly]) { $0.scan($1, &$3) },
    ]

    /// For `redis-cli --memkeys`.
    static let memoryFamily = Command(
        family: "memory", arity: -2,
        [
            Subcommand(
                "usage", arity: -3, help: "USAGE <key> [SAMPLES <count>]",
                "    Return memory in bytes used by <key> and its value. Nested values are",
                "    sampled up to <count> times (default: 5, 0 means sample all)."
            ) { $0.memoryUsage($1, &$3) }
        ])
}

extension KeyValueStore {
    /// KEYS pattern
    func keys(_ pattern: Span<UInt8>, _ output: inout ReplyBuffer) {
        var entries: [Entry] = []
        var position: UInt32 = 0
        repeat { position = keys.visit(from: position) { entries.append($0) } } while position != 0
        guard entries.keepNames(matching: pattern, &output) else { return }
        entries.removeAll { keys.hasExpired($0) }
        appendNames(entries, since: output.count, &output)
    }

    /// SCAN cursor [MATCH pattern] [COUNT count] [TYPE type]
    ///
    /// The cursor is the position in the order of `HashTable.visit`; nothing is remembered here between two calls.
    mutating func scan(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        guard let cursor = UInt64(cursor: arguments[1]) else { return output.appendError("ERR invalid cursor") }
        guard let options = ScanOptions(arguments, &output) else { return }
        var position = UInt32(truncatingIfNeeded: cursor)
        var entries: [Entry] = []
        // A bucket holds half a key on average, but keys that were removed may have left many empty.
        var visits = options.count.multipliedReportingOverflow(by: 10).overflow ? .max : options.count * 10
        repeat {
            position = keys.visit(from: position) { entries.append($0) }
            visits -= 1
        } while position != 0 && visits > 0 && entries.count < options.count
        if let index = options.pattern, !entries.keepNames(matching: arguments[index], &output) { return }
        if !options.wantsStrings { entries.removeAll() }
        entries.removeAll { entry in
            guard keys.hasExpired(entry) else { return false }
            keys.remove(entry)
            return true
        }
        let start = output.count
        output.beginArray(2)
        Int64(position).withDecimal { output.appendString($0) }
        appendNames(entries, since: start, &output)
    }

    /// MEMORY USAGE key [SAMPLES count]. The allocator tells; nothing is nested, so nothing is sampled.
    mutating func memoryUsage(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        for index in stride(from: 3, to: arguments.count, by: 2) {
            guard arguments[index].upToZeroByte.spells("SAMPLES"), index + 1 < arguments.count else {
                return output.appendSyntaxError()
            }
            guard let count = Int64(decimal: arguments[index + 1]) else { return output.appendNotAnInteger() }
            if count < 0 { return output.appendSyntaxError() }
        }
        guard let entry = keys.find(arguments[2]) else { return output.appendNull() }
        output.appendInteger(Int64(entry.allocatedBytes))
    }

    private func appendNames(_ entries: [Entry], since start: Int, _ output: inout ReplyBuffer) {
        output.beginArray(entries.count)
        for entry in entries {
            guard hasRoom(for: entry.key.count, in: &output, since: start) else { return }
            output.appendString(entry.key)
        }
    }
}

/// What stands behind the cursor in a SCAN.
private struct ScanOptions {
    /// About how many keys to look at.
    var count = 10
    /// Which argument is a pattern.
    var pattern: Int?
    /// There is one type of value; who asks for another gets none.
    var wantsStrings = true

    /// Nil when they are none; the error has then been appended.
    init?(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        for index in stride(from: 2, to: arguments.count, by: 2) {
            let option = arguments[index].upToZeroByte
            let hasValue = index + 1 < arguments.count
            if option.spells("COUNT"), hasValue {
                guard let number = Int64(decimal: arguments[index + 1]) else {
                    output.appendNotAnInteger()
                    return nil
                }
                if number < 1 {
                    output.appendSyntaxError()
                    return nil
                }
                count = Int(number)
            } else if option.spells("MATCH"), hasValue {
                pattern = index + 1
            } else if option.spells("TYPE"), hasValue {
                wantsStrings = arguments[index + 1].upToZeroByte.spells("string")
            } else {
                output.appendSyntaxError()
                return nil
            }
        }
    }
}

extension [Entry] {
    /// Keeps those whose key fits the pattern. False when that takes too long; the error has then been appended.
    fileprivate mutating func keepNames(matching pattern: Span<UInt8>, _ output: inout ReplyBuffer) -> Bool {
        // This one fits all names, the empty one as well.
        if pattern.hasSameBytes(as: "*".utf8.span) { return true }
        var glob = Glob(pattern)
        var kept = 0
        for index in indices where glob.matches(self[index].key) {
            self[kept] = self[index]
            kept += 1
        }
        removeLast(count - kept)
        if glob.isTooCostly { output.appendError("ERR matching the pattern takes too long") }
        return !glob.isTooCostly
    }
}

extension UInt64 {
    /// A cursor as C's `strtoul` reads it: with a sign, if the client likes, and up to a zero byte. No digits are zero.
    fileprivate init?(cursor text: Span<UInt8>) {
        let text = text.upToZeroByte
        let hasSign = text.count > 0 && (text[0] == UInt8(ascii: "-") || text[0] == UInt8(ascii: "+"))
        if hasSign && text.count == 1 { return nil }
        var value: UInt64 = 0
        for index in (hasSign ? 1 : 0)..<text.count {
            let digit = text[index] &- UInt8(ascii: "0")
            let (tenfold, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(UInt64(digit))
            if digit > 9 || overflow || carry { return nil }
            value = sum
        }
        self = hasSign && text[0] == UInt8(ascii: "-") ? 0 &- value : value
    }
}
