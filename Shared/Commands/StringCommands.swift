// The commands that read and write values.

extension Command {
    static let stringCommands = [
        Command("get", arity: 2, [.readonly, .fast], keys: .one) { $0.get($1, &$3) },
        Command("set", arity: -3, [.write, .denyOOM], keys: .one) { $0.set($1, &$3) },
        Command("setnx", arity: 3, [.write, .denyOOM, .fast], keys: .one) { $0.setIfAbsent($1, &$3) },
        Command("getset", arity: 3, [.write, .denyOOM, .fast], keys: .one) { $0.getAndSet($1, &$3) },
        Command("getdel", arity: 2, [.write, .fast], keys: .one) { $0.getAndDelete($1, &$3) },
        Command("del", arity: -2, [.write], keys: .all) { $0.delete($1, &$3) },
        // Redis frees an unlinked value in another thread. Here a value is one allocation, and soon freed.
        Command("unlink", arity: -2, [.write, .fast], keys: .all) { $0.delete($1, &$3) },
        Command("exists", arity: -2, [.readonly, .fast], keys: .all) { $0.exists($1, &$3) },
        // Redis also notes when, to evict what was not used for long. Nothing is evicted here.
        Command("touch", arity: -2, [.readonly, .fast], keys: .all) { $0.exists($1, &$3) },
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

    mutating func setIfAbsent(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        let (entry, hash) = findKey(arguments)
        if entry == nil { _ = keys.set(arguments[1], hash: hash, at: nil, to: arguments[2]) }
        output.appendInteger(entry == nil ? 1 : 0)
    }

    mutating func getAndSet(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        get(arguments, &output)
        let (entry, hash) = findKey(arguments)
        _ = keys.set(arguments[1], hash: hash, at: entry, to: arguments[2])
    }

    mutating func getAndDelete(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        get(arguments, &output)
        if let entry = findKey(arguments).entry { keys.remove(entry) }
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
