// The commands that read and write values.

extension KeyValueStore {
    /// The longest value (Redis: proto-max-bulk-len).
    private static let longestValue = RESPCodec.longestBulkString

    @inline(__always)
    mutating func get(_ arguments: Arguments, hash: UInt64, _ replies: inout Replies) {
        let key = arguments[1]
        guard let entry = find(key, hash: hash == 0 ? self.hash(key) : hash) else { return replies.appendNull() }
        replies.appendString(entry.value)
    }

    /// SET key value [EX seconds | PX milliseconds | EXAT time | PXAT time | KEEPTTL] [NX | XX] [GET]
    @inline(__always)
    mutating func set(_ arguments: Arguments, hash: UInt64, _ replies: inout Replies) {
        let key = arguments[1]
        let hash = hash == 0 ? self.hash(key) : hash
        if arguments.count > 3 { return setWithOptions(arguments, hash: hash, &replies) }
        _ = set(key, hash: hash, to: arguments[2])
        replies.appendOK()
    }

    private mutating func setWithOptions(_ arguments: Arguments, hash: UInt64, _ replies: inout Replies) {
        guard let options = SetOptions(arguments) else { return replies.appendSyntaxError() }
        var deadline: Int64?
        if let time = options.time {
            guard let number = Int64(decimal: arguments[time.index]) else { return replies.appendNotAnInteger() }
            deadline = Self.deadline(number, unit: time.unit, base: time.isRelative ? readClock() : 0)
            if number <= 0 || deadline == nil { return replies.appendInvalidExpireTime("set") }
        }
        let entry = find(arguments[1], hash: hash)
        if options.returnsOldValue {
            if let entry { replies.appendString(entry.value) } else { replies.appendNull() }
        }
        if (options.onlyIfAbsent && entry != nil) || (options.onlyIfPresent && entry == nil) {
            if !options.returnsOldValue { replies.appendNull() }
            return
        }
        let written = set(arguments[1], hash: hash, to: arguments[2], keepingDeadline: options.keepsDeadline)
        if let deadline { setDeadline(deadline, of: written) }
        if !options.returnsOldValue { replies.appendOK() }
    }

    mutating func delete(_ arguments: Arguments, _ replies: inout Replies) {
        var deleted: Int64 = 0
        for index in 1..<arguments.count {
            guard let entry = find(arguments[index]) else { continue }
            remove(entry)
            deleted += 1
        }
        replies.appendInteger(deleted)
    }

    mutating func exists(_ arguments: Arguments, _ replies: inout Replies) {
        var found: Int64 = 0
        for index in 1..<arguments.count where find(arguments[index]) != nil { found += 1 }
        replies.appendInteger(found)
    }

    mutating func append(_ arguments: Arguments, _ replies: inout Replies) {
        let key = arguments[1]
        let hash = hash(key)
        guard let entry = find(key, hash: hash) else {
            return replies.appendInteger(Int64(set(key, hash: hash, to: arguments[2]).value.count))
        }
        guard entry.value.count + arguments[2].count <= Self.longestValue else {
            return replies.appendError("ERR string exceeds maximum allowed size (proto-max-bulk-len)")
        }
        replies.appendInteger(Int64(append(arguments[2], to: entry).value.count))
    }

    mutating func increment(_ key: Span<UInt8>, by amount: Int64, _ replies: inout Replies) {
        let hash = hash(key)
        var value: Int64 = 0
        if let entry = find(key, hash: hash) {
            guard let number = Int64(decimal: entry.value) else { return replies.appendNotAnInteger() }
            value = number
        }
        let (sum, overflow) = value.addingReportingOverflow(amount)
        if overflow { return replies.appendError("ERR increment or decrement would overflow") }
        sum.withDecimal { _ = set(key, hash: hash, to: $0, keepingDeadline: true) }
        replies.appendInteger(sum)
    }

    mutating func incrementBy(_ arguments: Arguments, _ replies: inout Replies) {
        guard let amount = Int64(decimal: arguments[2]) else { return replies.appendNotAnInteger() }
        increment(arguments[1], by: amount, &replies)
    }

    mutating func decrementBy(_ arguments: Arguments, _ replies: inout Replies) {
        guard let amount = Int64(decimal: arguments[2]) else { return replies.appendNotAnInteger() }
        if amount == .min { return replies.appendError("ERR decrement would overflow") }
        increment(arguments[1], by: -amount, &replies)
    }

    mutating func getMany(_ arguments: Arguments, _ replies: inout Replies) {
        let start = replies.count
        replies.beginArray(arguments.count - 1)
        for index in 1..<arguments.count {
            guard hasRoom(in: &replies, since: start) else { return }
            if let entry = find(arguments[index]) {
                replies.appendString(entry.value)
            } else {
                replies.appendNull()
            }
        }
    }

    /// Whether the reply that began at `start` may have further elements; if not, an error stands in its place.
    /// Naming one long value often enough would else take all memory there is.
    func hasRoom(in replies: inout Replies, since start: Int) -> Bool {
        if replies.count - start <= longestReply { return true }
        replies.buffer.truncate(to: start)
        replies.appendError("ERR reply too long")
        return false
    }

    mutating func setMany(_ arguments: Arguments, _ replies: inout Replies) {
        guard arguments.count % 2 == 1 else { return replies.appendWrongNumberOfArguments("mset") }
        for index in stride(from: 1, to: arguments.count, by: 2) {
            _ = set(arguments[index], hash: hash(arguments[index]), to: arguments[index + 1])
        }
        replies.appendOK()
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
