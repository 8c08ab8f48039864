// The commands that set, read and remove the time at which a key expires. Times are milliseconds since 1970 inside,
// whatever the command counts in.

extension Command {
    static let expiryCommands = [
        Command("expire", arity: -3, [.write, .fast], keys: .one) { $0.expire($1, "expire", unit: 1000, &$3) },
        Command("pexpire", arity: -3, [.write, .fast], keys: .one) { $0.expire($1, "pexpire", unit: 1, &$3) },
        Command("expireat", arity: -3, [.write, .fast], keys: .one) {
            $0.expire($1, "expireat", unit: 1000, isRelative: false, &$3)
        },
        Command("pexpireat", arity: -3, [.write, .fast], keys: .one) {
            $0.expire($1, "pexpireat", unit: 1, isRelative: false, &$3)
        },
        Command("ttl", arity: 2, [.readonly, .fast], keys: .one) { $0.timeToLive($1, inSeconds: true, &$3) },
        Command("pttl", arity: 2, [.readonly, .fast], keys: .one) { $0.timeToLive($1, inSeconds: false, &$3) },
        Command("persist", arity: 2, [.write, .fast], keys: .one) { $0.persist($1, &$3) },
    ]
}

extension KeyValueStore {
    /// The moment `number` units after `base`; nil when 64 bits of milliseconds cannot hold it.
    static func deadline(_ number: Int64, unit: Int64, base: Int64) -> Int64? {
        let (milliseconds, overflow) = number.multipliedReportingOverflow(by: unit)
        if overflow { return nil }
        let (deadline, carry) = milliseconds.addingReportingOverflow(base)
        return carry ? nil : deadline
    }

    /// EXPIRE key time [NX | XX | GT | LT], and its three relatives.
    mutating func expire(
        _ arguments: Arguments, _ name: StaticString, unit: Int64, isRelative: Bool = true, _ output: inout ReplyBuffer
    ) {
        let base = isRelative ? readClock() : 0
        guard let conditions = ExpiryConditions(arguments, &output) else { return }
        guard let number = Int64(decimal: arguments[2]) else { return output.appendNotAnInteger() }
        guard let deadline = Self.deadline(number, unit: unit, base: base) else {
            return output.appendInvalidExpireTime(name)
        }
        guard let entry = findKey(arguments).entry, conditions.allow(deadline, insteadOf: keys.deadline(of: entry))
        else { return output.appendInteger(0) }
        // A time that has passed already is a way to delete.
        if deadline <= keys.now { keys.remove(entry) } else { keys.setDeadline(deadline, of: entry) }
        output.appendInteger(1)
    }

    mutating func timeToLive(_ arguments: Arguments, inSeconds: Bool, _ output: inout ReplyBuffer) {
        guard let entry = findKey(arguments).entry else { return output.appendInteger(-2) }
        guard let deadline = keys.deadline(of: entry) else { return output.appendInteger(-1) }
        // A deadline may be as far away as 64 bits allow, and the clock may stand before 1970.
        let (difference, overflow) = deadline.subtractingReportingOverflow(keys.now)
        let milliseconds = overflow ? .max : max(0, difference)
        // Rounded to the nearest second; the quotient first, for the same reason.
        output.appendInteger(
            inSeconds ? milliseconds / 1000 + (milliseconds % 1000 >= 500 ? 1 : 0) : milliseconds)
    }

    mutating func persist(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        guard let entry = findKey(arguments).entry, keys.deadline(of: entry) != nil else {
            return output.appendInteger(0)
        }
        keys.removeDeadline(entry)
        output.appendInteger(1)
    }
}

/// What EXPIRE may depend on.
private struct ExpiryConditions {
    var ifNone = false
    var ifAny = false
    var ifLater = false
    var ifEarlier = false

    /// Nil when one is unknown, or they contradict each other; the error has then been appended.
    init?(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        for index in 3..<max(3, arguments.count) {
            let option = arguments[index].upToZeroByte
            if option.spells("NX") {
                ifNone = true
            } else if option.spells("XX") {
                ifAny = true
            } else if option.spells("GT") {
                ifLater = true
            } else if option.spells("LT") {
                ifEarlier = true
            } else {
                // Line breaks at the end of an error text are cut off; the others become spaces.
                var end = option.count
                while end > 0, option[end - 1].isLineBreak { end -= 1 }
                output.appendError {
                    $0.append("ERR Unsupported option ")
                    $0.append(foreign: option.extracting(0..<end), atMost: .max)
                }
                return nil
            }
        }
        if ifNone && (ifAny || ifLater || ifEarlier) {
            output.appendError("ERR NX and XX, GT or LT options at the same time are not compatible")
            return nil
        }
        if ifLater && ifEarlier {
            output.appendError("ERR GT and LT options at the same time are not compatible")
            return nil
        }
    }

    /// A key that does not expire counts as one that expires infinitely late.
    func allow(_ deadline: Int64, insteadOf current: Int64?) -> Bool {
        guard let current else { return !ifAny && !ifLater }
        return !ifNone && !(ifLater && deadline <= current) && !(ifEarlier && deadline >= current)
    }
}

extension ReplyBuffer {
    mutating func appendInvalidExpireTime(_ name: StaticString) {
        appendError {
            $0.append("ERR invalid expire time in '")
            $0.append(name)
            $0.append("' command")
        }
    }
}
