// The commands that give a value and a time to live at once: SET with options, SETEX, PSETEX, GETEX.

extension Command {
    static let expiringStringCommands = [
        Command("setex", arity: 4, [.write, .denyOOM], keys: .one) {
            $0.setWithTime($1, "setex", unit: 1000, &$3)
        },
        Command("psetex", arity: 4, [.write, .denyOOM], keys: .one) {
            $0.setWithTime($1, "psetex", unit: 1, &$3)
        },
        Command("getex", arity: -2, [.write, .fast], keys: .one) { $0.getAndExpire($1, &$3) },
    ]
}

extension KeyValueStore {
    mutating func setWithOptions(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        guard let options = SetOptions(arguments, from: 3) else { return output.appendSyntaxError() }
        var deadline: Int64?
        if let time = options.time {
            deadline = self.deadline(arguments, time, "set", &output)
            if deadline == nil { return }
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

    /// SETEX key seconds value, and PSETEX.
    mutating func setWithTime(
        _ arguments: Arguments, _ name: StaticString, unit: Int64, _ output: inout ReplyBuffer
    ) {
        let time = SetOptions.Time(index: 2, unit: unit, isRelative: true)
        guard let deadline = deadline(arguments, time, name, &output) else { return }
        let (entry, hash) = findKey(arguments)
        let written = keys.set(arguments[1], hash: hash, at: entry, to: arguments[3])
        keys.setDeadline(deadline, of: written)
        output.appendOK()
    }

    /// GETEX key [EX seconds | PX milliseconds | EXAT time | PXAT time | PERSIST]
    mutating func getAndExpire(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        guard let options = SetOptions(arguments, from: 2, sets: false) else { return output.appendSyntaxError() }
        // The clock is read first: the key may end by it.
        if options.time?.isRelative == true { _ = readClock() }
        guard let entry = findKey(arguments).entry else { return output.appendNull() }
        guard let time = options.time else {
            if options.removesDeadline { keys.removeDeadline(entry) }
            return output.appendString(entry.value)
        }
        guard let deadline = deadline(arguments, time, "getex", &output) else { return }
        output.appendString(entry.value)
        // A moment that has passed already is a way to delete.
        if !time.isRelative && deadline <= keys.now {
            keys.remove(entry)
        } else {
            keys.setDeadline(deadline, of: entry)
        }
    }

    /// The moment that an option names; nil when it is none, with the error appended.
    private mutating func deadline(
        _ arguments: Arguments, _ time: SetOptions.Time, _ name: StaticString, _ output: inout ReplyBuffer
    ) -> Int64? {
        guard let number = Int64(decimal: arguments[time.index]) else {
            output.appendNotAnInteger()
            return nil
        }
        let deadline = Self.deadline(number, unit: time.unit, base: time.isRelative ? readClock() : 0)
        if number > 0, let deadline { return deadline }
        output.appendInvalidExpireTime(name)
        return nil
    }
}

/// What stands behind the value in a SET, or behind the key in a GETEX.
private struct SetOptions {
    var onlyIfAbsent = false
    var onlyIfPresent = false
    var returnsOldValue = false
    var keepsDeadline = false
    var removesDeadline = false
    /// Which argument holds a time, and what it means.
    var time: Time?
    struct Time {
        var index: Int
        var unit: Int64
        var isRelative: Bool
    }

    /// Nil when they contradict each other, or are none.
    ///
    /// - Parameter sets: whether they are SET's, and not GETEX's.
    init?(_ arguments: Arguments, from start: Int, sets: Bool = true) {
        var index = start
        var timeName: StaticString?
        while index < arguments.count {
            let option = arguments[index].upToZeroByte
            if option.spells("NX"), sets, !onlyIfPresent {
                onlyIfAbsent = true
            } else if option.spells("XX"), sets, !onlyIfAbsent {
                onlyIfPresent = true
            } else if option.spells("GET"), sets {
                returnsOldValue = true
            } else if option.spells("KEEPTTL"), sets, time == nil {
                keepsDeadline = true
            } else if option.spells("PERSIST"), !sets, time == nil {
                removesDeadline = true
            } else if let (name, unit, isRelative) = Self.time(option), index + 1 < arguments.count,
                !keepsDeadline, !removesDeadline, timeName == nil || option.spells(timeName!)
            {
                timeName = name
                index += 1
                time = Time(index: index, unit: unit, isRelative: isRelative)
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
