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
        Array("a".utf8), Array("b".utf8), Array("key".utf8), [], [0, 13, 10, 255], Array("with space".utf8),
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
        if words.isEmpty || words[0].contains(0) { words = [Array("PING".utf8)] }
        let request = RedisRequest(words)
        // How long a key that has ended still counts depends on the clock, unless somebody looks at it.
        if request.name == "dbsize" { return [RedisRequest([Array("EXISTS".utf8)] + Self.keys), request] }
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
        if random.oneIn(4) { return words(isPlain || random.oneIn(3) ? "GET" : "TTL") + [lastKey] }
        let key = Self.keys[random.oneIn(2) ? random.below(2) : random.below(Self.keys.count)]
        lastKey = key
        switch random.below(isPlain ? 19 : 28) {
        case 0, 1: return words("GET") + [key]
        case 2, 3: return words("SET") + [key, value()]
        case 4: return words("SET") + [key, value()] + setOptions()
        case 5: return words(random.pick(["INCR", "DECR", "STRLEN", "TYPE", "PERSIST"])) + [key]
        case 6, 7: return words(random.pick(["INCRBY", "DECRBY"])) + [key, number()]
        case 8: return words("APPEND") + [key, value()]
        case 9: return words(random.pick(["DEL", "EXISTS", "MGET", "UNLINK", "TOUCH"])) + someKeys()
        case 10: return words("MSET") + someKeys().flatMap { [$0, value()] }
        case 11: return words("DBSIZE")
        case 12: return random.oneIn(3) ? flush() : words("ECHO") + [value()]
        case 13: return words("PING") + (random.oneIn(2) ? [value()] : [])
        case 14: return words("SELECT") + [number()]
        case 15: return isPlain ? words("STRLEN") + [key] : connection()
        case 16: return [value()] + (0..<random.below(6)).map { _ in value() }
        case 17: return words(random.pick(["GETDEL", "GETEX", "GET"])) + [key]
        case 18: return words(random.pick(["SETNX", "GETSET"])) + [key, value()]
        case 19: return words(random.pick(["TTL", "PTTL"])) + [key]
        case 20: return words("EXPIRE") + [key, relative(unit: 1)] + conditions()
        case 21: return words("PEXPIRE") + [key, relative(unit: 1000)] + conditions()
        case 22: return words("EXPIREAT") + [key, absolute(unit: 1)] + conditions()
        case 23: return words("PEXPIREAT") + [key, absolute(unit: 1000)] + conditions()
        case 24: return words("SETEX") + [key, relative(unit: 1), value()]
        case 25: return words("PSETEX") + [key, relative(unit: 1000), value()]
        case 26: return random.oneIn(3) ? words("GETEX") + [key] + getOptions() : names()
        default: return words("SET") + [key, value()] + setTime()
        }
    }

    func words(_ text: String) -> [[UInt8]] {
        RedisRequest(text).arguments
    }

    private mutating func someKeys() -> [[UInt8]] {
        (0..<1 + random.below(4)).map { _ in random.pick(Self.keys) }
    }

    private mutating func flush() -> [[UInt8]] {
        words(
            random.pick(["FLUSHALL", "FLUSHDB", "FLUSHALL SYNC", "flushdb async", "FLUSHALL x", "FLUSHDB SYNC SYNC"]))
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
        return words(random.pick(texts))
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
        case 0, 1: return Array("\(random.below(100))".utf8)
        case 2: return Array("\(Int64.random(in: .min ... .max, using: &random))".utf8)
        case 3: return random.bytes(random.below(20))
        case 4: return [UInt8](repeating: UInt8(random.below(256)), count: random.below(isPlain ? 100 : 3000))
        case 5: return !isPlain && random.oneIn(12) ? random.bytes(random.below(40_000)) : random.bytes(3)
        case 6, 7: return Array(random.pick(odd).utf8)
        default: return Array("value\(random.below(5))".utf8)
        }
    }
}
