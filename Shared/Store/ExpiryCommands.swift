// The commands that set, read and remove the time at which a key expires. Times are milliseconds since 1970 inside, whatever the command counts in.

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
        _ arguments: Arguments, _ name: StaticString, unit: Int64, base: Int64, _ replies: inout Replies
    ) {
        guard let conditions = ExpiryConditions(arguments, &replies) else { return }
        guard let number = Int64(decimal: arguments[2]) else { return replies.appendNotAnInteger() }
        guard let deadline = Self.deadline(number, unit: unit, base: base) else {
            return replies.appendInvalidExpireTime(name)
        }
        guard let entry = find(arguments[1]), conditions.allow(deadline, insteadOf: self.deadline(of: entry)) else {
            return replies.appendInteger(0)
        }
        // A time that has passed already is a way to delete.
        if deadline <= now { remove(entry) } else { setDeadline(deadline, of: entry) }
        replies.appendInteger(1)
    }

    mutating func timeToLive(_ key: Span<UInt8>, inSeconds: Bool, _ replies: inout Replies) {
        guard let entry = find(key) else { return replies.appendInteger(-2) }
        guard let deadline = deadline(of: entry) else { return replies.appendInteger(-1) }
        let milliseconds = max(0, deadline - now)
        // Rounded to the nearest second. The quotient first: a deadline may be as far away as 64 bits allow.
        replies.appendInteger(
            inSeconds ? milliseconds / 1000 + (milliseconds % 1000 >= 500 ? 1 : 0) : milliseconds)
    }

    mutating func persist(_ key: Span<UInt8>, _ replies: inout Replies) {
        guard let entry = find(key), deadline(of: entry) != nil else { return replies.appendInteger(0) }
        removeDeadline(entry)
        replies.appendInteger(1)
    }
}

/// On what EXPIRE may depend.
private struct ExpiryConditions {
    var ifNone = false
    var ifAny = false
    var ifLater = false
    var ifEarlier = false

    /// Nil when they are none, or contradict each other; the error has then been appended.
    init?(_ arguments: Arguments, _ replies: inout Replies) {
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
                replies.appendError {
                    $0.append("ERR Unsupported option ")
                    $0.append(foreign: option.extracting(0..<end), atMost: .max)
                }
                return nil
            }
        }
        if ifNone && (ifAny || ifLater || ifEarlier) {
            replies.appendError("ERR NX and XX, GT or LT options at the same time are not compatible")
            return nil
        }
        if ifLater && ifEarlier {
            replies.appendError("ERR GT and LT options at the same time are not compatible")
            return nil
        }
    }

    /// A key that does not expire counts as one that expires infinitely late.
    func allow(_ deadline: Int64, insteadOf current: Int64?) -> Bool {
        guard let current else { return !ifAny && !ifLater }
        return !ifNone && !(ifLater && deadline <= current) && !(ifEarlier && deadline >= current)
    }
}

extension Replies {
    mutating func appendInvalidExpireTime(_ name: StaticString) {
        appendError {
            $0.append("ERR invalid expire time in '")
            $0.append(name)
            $0.append("' command")
        }
    }
}
