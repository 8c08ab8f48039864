// Random requests: few keys, so that they meet; arguments that are right, odd and wrong.
//
// No key ever ends while the requests run: then the answers would depend on which server was quicker. Times are past,
// nothing, malformed, too large, or many days away; and no two of those that count from now are equal, because
// whether the second is later (EXPIRE ... GT) would depend on the clock as well.

import LabKit
import Shared
import TestSupport

struct RedisGenerator {
    var random: SplitMix
    /// Counts the times used, so that each is another.
    var timesUsed = 0
    private var lastKey: [UInt8] = []
    /// For streams that are to be mutated: no commands about time, for one byte less may make a time near, and none
    /// whose replies differ by nature.
    private let isPlain: Bool

    init(seed: UInt64, isPlain: Bool = false) {
        random = SplitMix(seed: seed)
        self.isPlain = isPlain
    }

    /// Requests that belong together: they are kept or dropped as one.
    typealias Step = [RedisRequest]

    private static let keys: [[UInt8]] = [
        "a".bytes, "b".bytes, "key".bytes, [], [0, 13, 10, 255], "with space".bytes,
    ]

    mutating func steps() -> [Step] {
        (0..<1 + random.below(isPlain ? 30 : 150)).map { _ in random.oneIn(20) ? transaction() : step() }
    }

    /// MULTI and what follows. What was queued is often something that cannot be.
    private mutating func transaction() -> Step {
        let queued = (0..<random.below(8)).flatMap { _ in step() }
        let end = random.pick(["EXEC", "EXEC", "EXEC", "EXEC", "EXEC", "DISCARD", "exec", "EXEC x", "MULTI", "PING"])
        return [RedisRequest(random.oneIn(20) ? "MULTI x" : "MULTI")] + queued + [RedisRequest(end)]
    }

    private mutating func step() -> Step {
        var words = request()
        switch random.below(60) {
        case 0: words.removeLast()
        case 1: words.append(value())
        // Never the key: see `dbsize` below. Never a time: a small number would be one that is near.
        case 2 where words.count > 2 && !setsTime(words): words[2 + random.below(words.count - 2)] = value()
        case 3: words[0] = Array(mangled(String(decoding: words[0], as: UTF8.self)).utf8)
        default: break
        }
        // A name with a zero byte is sometimes taken for another by Redis, depending on how it hashes.
        if words.isEmpty || words[0].contains(0) { words = ["PING".bytes] }
        let request = RedisRequest(words)
        // How long a key that has ended still counts depends on the clock, unless somebody looks at it.
        if request.name == "dbsize" { return [RedisRequest(["EXISTS".bytes] + Self.keys), request] }
        return [request]
    }

    /// Whether there may be a time among the arguments.
    private func setsTime(_ words: [[UInt8]]) -> Bool {
        let name = String(decoding: words[0], as: UTF8.self).lowercased()
        return name.contains("expire") || name.hasSuffix("setex") || name == "getex" || name == "set" && words.count > 3
    }

    private mutating func mangled(_ name: String) -> String {
        switch random.below(4) {
        case 0: name.lowercased()
        case 1: String(name.map { random.oneIn(2) ? Character($0.lowercased()) : $0 })
        case 2: name + "x"
        default: String(name.dropFirst())
        }
    }

    private mutating func request() -> [[UInt8]] {
        // What became of the key that was just written shows only if somebody asks.
        if random.oneIn(4) { return (isPlain || random.oneIn(3) ? "GET" : "TTL").words + [lastKey] }
        let key = Self.keys[random.oneIn(2) ? random.below(2) : random.below(Self.keys.count)]
        lastKey = key
        switch random.below(isPlain ? 19 : 28) {
        case 0, 1: return "GET".words + [key]
        case 2, 3: return "SET".words + [key, value()]
        case 4: return "SET".words + [key, value()] + setOptions()
        case 5: return random.pick(["INCR", "DECR", "STRLEN", "TYPE", "PERSIST"]).words + [key]
        case 6, 7: return random.pick(["INCRBY", "DECRBY"]).words + [key, number()]
        case 8: return "APPEND".words + [key, value()]
        case 9: return random.pick(["DEL", "EXISTS", "MGET", "UNLINK", "TOUCH"]).words + someKeys()
        case 10: return "MSET".words + someKeys().flatMap { [$0, value()] }
        case 11: return "DBSIZE".words
        case 12: return random.oneIn(3) ? flush() : "ECHO".words + [value()]
        case 13: return "PING".words + (random.oneIn(2) ? [value()] : [])
        case 14: return "SELECT".words + [number()]
        case 15: return isPlain ? "STRLEN".words + [key] : connection()
        case 16: return [value()] + (0..<random.below(6)).map { _ in value() }
        case 17: return random.pick(["GETDEL", "GETEX", "GET"]).words + [key]
        case 18: return random.pick(["SETNX", "GETSET"]).words + [key, value()]
        case 19: return random.pick(["TTL", "PTTL"]).words + [key]
        case 20: return "EXPIRE".words + [key, relative(unit: 1)] + conditions()
        case 21: return "PEXPIRE".words + [key, relative(unit: 1000)] + conditions()
        case 22: return "EXPIREAT".words + [key, absolute(unit: 1)] + conditions()
        case 23: return "PEXPIREAT".words + [key, absolute(unit: 1000)] + conditions()
        case 24: return "SETEX".words + [key, relative(unit: 1), value()]
        case 25: return "PSETEX".words + [key, relative(unit: 1000), value()]
        case 26: return random.oneIn(3) ? "GETEX".words + [key] + getOptions() : names()
        default: return "SET".words + [key, value()] + setTime()
        }
    }

    private mutating func someKeys() -> [[UInt8]] {
        (0..<1 + random.below(4)).map { _ in random.pick(Self.keys) }
    }

    private mutating func flush() -> [[UInt8]] {
        random.pick(["FLUSHALL", "FLUSHDB", "FLUSHALL SYNC", "flushdb async", "FLUSHALL x", "FLUSHDB SYNC SYNC"]).words
    }

    private mutating func connection() -> [[UInt8]] {
        let texts = [
            "HELLO", "HELLO 2", "HELLO 3", "HELLO 4", "HELLO x", "HELLO 3 SETNAME me", "HELLO 2 AUTH default x",
            "HELLO 2 AUTH x x", "CLIENT ID", "CLIENT GETNAME", "CLIENT SETNAME me", #"CLIENT SETNAME a\x20b"#,
            "CLIENT NOSUCH", "CONFIG GET save", "CONFIG GET nosuch*", "CONFIG NOSUCH x", "AUTH x", "AUTH default x",
            "AUTH x x", "CONFIG SET save x x", "CONFIG SET maxmemory 0", "CONFIG SET databases 1", "MULTI", "EXEC",
            "DISCARD",
            "CLIENT HELP x", "COMMAND NOSUCH", "CLIENT ID x",
        ]
        return RedisRequest(random.pick(texts)).arguments
    }

    private mutating func number() -> [UInt8] {
        if random.oneIn(8) { return value() }
        let limits = ["9223372036854775807", "-9223372036854775808", "9223372036854775806", "-9223372036854775807"]
        return Array((random.oneIn(4) ? random.pick(limits) : "\(random.below(2001) - 1000)").utf8)
    }

    mutating func value() -> [UInt8] {
        let odd = [
            "", "0", "-0", "+1", "01", " 1", "1 ", "1.5", "1e3", "0x10", "-", "--1", "9223372036854775807",
            "-9223372036854775808", "9223372036854775808", "-9223372036854775809", "99999999999999999999", "NX", "XX",
            "GET", "KEEPTTL", "EX", "GT", "SYNC", "\r\n", "*1\r\n$4\r\nPING\r\n", "\"", "'",
        ]
        switch random.below(12) {
        case 0, 1: return "\(random.below(100))".bytes
        case 2: return "\(Int64.random(in: .min ... .max, using: &random))".bytes
        case 3: return random.bytes(random.below(20))
        case 4: return [UInt8](repeating: UInt8(random.below(256)), count: random.below(isPlain ? 100 : 3000))
        case 5: return !isPlain && random.oneIn(12) ? random.bytes(random.below(40_000)) : random.bytes(3)
        case 6, 7: return Array(random.pick(odd).utf8)
        default: return "value\(random.below(5))".bytes
        }
    }
}
