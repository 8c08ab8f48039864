// The commands that read and write values.

extension Command {
    static let stringCommands = [
        Command("get", arity: 2, [.readonly, .fast], keys: .one) { $0.get($1, &$3) },
        Command("set", arity: -3, [.write, .denyOOM], keys: .one) { $0.set($1, &$3) },
        Command("del", arity: -2, [.write], keys: .all) { $0.delete($1, &$3) },
        Command("exists", arity: -2, [.readonly, .fast], keys: .all) { $0.exists($1, &$3) },
        Command("strlen", arity: 2, [.readonly, .fast], keys: .one) { $0.length($1, &$3) },
        Command("append", arity: 3, [.write, .denyOOM, .fast], keys: .one) { $0.append($1, &$3) },
        Command("incr", arity: 2, [.write, .denyOOM, .fast], keys: .one) { $0.increment($1, by: 1, &$3) },
        Command("decr", arity: 2, [.write, .denyOOM, .fast], keys: .one) { $0.increment($1, by: -1, &$3) },
        Command("incrby", arity: 3, [.write, .denyOOM, .fast], keys: .one) { $0.incrementBy($1, &$3) },
        Command("decrby", arity: 3, [.write, .denyOOM, .fast], keys: .one) { $0.decrementBy($1, &$3) },
        Command("mget", arity: -2, [.readonly, .fast], keys: .all) { $0.getMany($1, &$3) },
        Command("mset", arity: -3, [.write, .denyOOM], keys: .everyOther) { $0.setMany($1, &$3) },
    ]
}

extension KeyValueStore {
    /// Bytes of the longest value (Redis: proto-max-bulk-len).
    private static let maxValueLength = RESPCodec.maxBulkLength

    @inline(__always)
    mutating func get(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        guard let entry = findKey(arguments).entry else { return output.appendNull() }
        output.appendString(entry.value)
    }

    /// SET key value [EX seconds | PX milliseconds | EXAT time | PXAT time | KEEPTTL] [NX | XX] [GET]
    @inline(__always)
    mutating func set(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        if arguments.count > 3 { return setWithOptions(arguments, &output) }
        let (entry, hash) = findKey(arguments)
        _ = keys.set(arguments[1], hash: hash, at: entry, to: arguments[2])
        output.appendOK()
    }

    private mutating func setWithOptions(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        guard let options = SetOptions(arguments) else { return output.appendSyntaxError() }
        var deadline: Int64?
        if let time = options.time {
            guard let number = Int64(decimal: arguments[time.index]) else { return output.appendNotAnInteger() }
            deadline = Self.deadline(number, unit: time.unit, base: time.isRelative ? readClock() : 0)
            if number <= 0 || deadline == nil { return output.appendInvalidExpireTime("set") }
        }
        let (entry, hash) = findKey(arguments)
        if options.returnsOldValue {
            if let entry { output.appendString(entry.value) } else { output.appendNull() }
        }
        if (options.onlyIfAbsent && entry != nil) || (options.onlyIfPresent && entry == nil) {
            if !options.returnsOldValue { output.appendNull() }
            return
        }
        let written = keys.set(
            arguments[1], hash: hash, at: entry, to: arguments[2], keepingDeadline: options.keepsDeadline)
        if let deadline { keys.setDeadline(deadline, of: written) }
        if !options.returnsOldValue { output.appendOK() }
    }

    mutating func delete(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        var deleted: Int64 = 0
        for index in 1..<arguments.count {
            guard let entry = keys.find(arguments[index]) else { continue }
            keys.remove(entry)
            deleted += 1
        }
        output.appendInteger(deleted)
    }

    mutating func exists(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        var found: Int64 = 0
        for index in 1..<arguments.count where keys.find(arguments[index]) != nil { found += 1 }
        output.appendInteger(found)
    }

    mutating func length(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        output.appendInteger(Int64(findKey(arguments).entry?.value.count ?? 0))
    }

    mutating func append(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        let (entry, hash) = findKey(arguments)
        guard let entry else {
            let entry = keys.set(arguments[1], hash: hash, at: nil, to: arguments[2])
            return output.appendInteger(Int64(entry.value.count))
        }
        guard entry.value.count + arguments[2].count <= Self.maxValueLength else {
            return output.appendError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
        }
        output.appendInteger(Int64(keys.append(arguments[2], to: entry).value.count))
    }

    mutating func increment(_ arguments: Arguments, by amount: Int64, _ output: inout ReplyBuffer) {
        let (entry, hash) = findKey(arguments)
        var value: Int64 = 0
        if let entry {
            guard let number = Int64(decimal: entry.value) else { return output.appendNotAnInteger() }
            value = number
        }
        let (sum, overflow) = value.addingReportingOverflow(amount)
        if overflow { return output.appendError("ERR increment or decrement would overflow") }
        sum.withDecimal { _ = keys.set(arguments[1], hash: hash, at: entry, to: $0, keepingDeadline: true) }
        output.appendInteger(sum)
    }

    mutating func incrementBy(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        guard let amount = Int64(decimal: arguments[2]) else { return output.appendNotAnInteger() }
        increment(arguments, by: amount, &output)
    }

    mutating func decrementBy(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        guard let amount = Int64(decimal: arguments[2]) else { return output.appendNotAnInteger() }
        if amount == .min { return output.appendError("ERR decrement would overflow") }
        increment(arguments, by: -amount, &output)
    }

    mutating func getMany(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        let start = output.count
        output.beginArray(arguments.count - 1)
        for index in 1..<arguments.count {
            let entry = keys.find(arguments[index])
            guard hasRoom(for: entry?.value.count ?? 0, in: &output, since: start) else { return }
            if let entry {
                output.appendString(entry.value)
            } else {
                output.appendNull()
            }
        }
    }

    mutating func setMany(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        guard arguments.count % 2 == 1 else { return output.appendWrongNumberOfArguments("mset") }
        for index in stride(from: 1, to: arguments.count, by: 2) {
            let (key, hash) = (arguments[index], keys.hash(arguments[index]))
            _ = keys.set(key, hash: hash, at: keys.find(key, hash: hash), to: arguments[index + 1])
        }
        output.appendOK()
    }
}

/// What stands behind the value in a SET.
private struct SetOptions {
    var onlyIfAbsent = false
    var onlyIfPresent = false
    var returnsOldValue = false
    var keepsDeadline = false
    /// Which argument holds a time, and what it means.
    var time: (index: Int, unit: Int64, isRelative: Bool)?

    /// Nil when they contradict each other, or are none.
    init?(_ arguments: Arguments) {
        var index = 3
        var timeName: StaticString?
        while index < arguments.count {
            let option = arguments[index].upToZeroByte
            if option.spells("NX"), !onlyIfPresent {
                onlyIfAbsent = true
            } else if option.spells("XX"), !onlyIfAbsent {
                onlyIfPresent = true
            } else if option.spells("GET") {
                returnsOldValue = true
            } else if option.spells("KEEPTTL"), time == nil {
                keepsDeadline = true
            } else if let (name, unit, isRelative) = Self.time(option), index + 1 < arguments.count,
                !keepsDeadline, timeName == nil || option.spells(timeName!)
            {
                timeName = name
                index += 1
                time = (index, unit, isRelative)
            } else {
                return nil
            }
            index += 1
        }
    }

    private static func time(_ option: Span<UInt8>) -> (StaticString, unit: Int64, isRelative: Bool)? {
        if option.spells("EX") { return ("EX", 1000, true) }
        if option.spells("PX") { return ("PX", 1, true) }
        if option.spells("EXAT") { return ("EXAT", 1000, false) }
        if option.spells("PXAT") { return ("PXAT", 1, false) }
        return nil
    }
}
