// Random options, times and patterns.

extension RedisGenerator {
    mutating func setOptions() -> [[UInt8]] {
        (0..<1 + random.below(3)).flatMap { _ in random.pick(["NX", "XX", "GET", "KEEPTTL", "nx", "Get", "x"]).words }
    }

    mutating func setTime() -> [[UInt8]] {
        let (name, unit, isRelative) = random.pick([
            ("EX", 1, true), ("PX", 1000, true), ("EXAT", 1, false), ("PXAT", 1000, false), ("ex", 1, true),
        ])
        let time = isRelative ? relative(unit: unit) : absolute(unit: unit)
        let option = name.words + [time]
        switch random.below(4) {
        case 0: return option + setOptions()
        case 1: return setOptions() + option
        default: return option
        }
    }

    mutating func getOptions() -> [[UInt8]] {
        switch random.below(4) {
        case 0: return random.pick(["PERSIST", "persist", "KEEPTTL", "x", "EX"]).words
        case 1: return "PERSIST".words + setTime()
        default: return setTime()
        }
    }

    mutating func conditions() -> [[UInt8]] {
        if random.oneIn(2) { return [] }
        return (0..<1 + random.below(2)).flatMap { _ in
            random.pick(["NX", "XX", "GT", "LT", "gt", "Lt", "GT", "LT", "x"]).words
        }
    }

    private static let malformed = ["", "x", "1.5", " 1", "+1", "01", "9223372036854775808", "1e9", "-0", "-"]

    /// A time from now, in seconds (`unit` 1) or milliseconds (1000).
    mutating func relative(unit: Int) -> [UInt8] {
        switch random.below(8) {
        case 0: return Array(random.pick(Self.malformed).utf8)
        case 1: return Array(random.pick(["0", "-1", "-100000", "9223372036854775807", "-9223372036854775808"]).utf8)
        case 2 where unit == 1:
            let limits = ["9223372036854775", "9223372036854776", "-9223372036854775", "-9223372036854776"]
            return Array(random.pick(limits).utf8)
        default:
            // From 116 days on, in steps of 11 days, in an order that goes up and down.
            timesUsed += 1
            return "\((10_000_000 + 1_000_000 * (timesUsed * 37 % 101 + 101 * (timesUsed / 101))) * unit)".bytes
        }
    }

    /// A moment, in seconds or milliseconds since 1970: long ago, or in another century.
    mutating func absolute(unit: Int) -> [UInt8] {
        switch random.below(8) {
        case 0: return Array(random.pick(Self.malformed).utf8)
        case 1: return Array(random.pick(["0", "-1", "1", "1000", "1000000000", "-9223372036854775808"]).utf8)
        case 2:
            let limits = ["9223372036854775", "9223372036854776", "9223372036854775807", "-9223372036854775"]
            return Array(random.pick(limits).utf8)
        default: return "\((10_000_000_000 + 1_000_000 * random.below(2)) * unit)".bytes
        }
    }

    // MARK: Patterns

    /// KEYS or SCAN. Where the pieces of a SCAN end is each server's own affair, so it always takes in all keys.
    mutating func names() -> [[UInt8]] {
        if random.oneIn(2) { return "KEYS".words + [pattern()] }
        var request = random.pick(["SCAN 0", "SCAN 0", "SCAN 0", "SCAN 00", "SCAN x"]).words
        for _ in 0..<random.below(3) {
            switch random.below(4) {
            case 0: request += "MATCH".words + [pattern()]
            case 1: request += random.pick(["COUNT 100", "count 1000", "COUNT 0", "COUNT x", "COUNT"]).words
            case 2: request += random.pick(["TYPE string", "type String", "TYPE list", "TYPE"]).words
            default: request += "MATCH *".words
            }
        }
        return request
    }

    private mutating func pattern() -> [UInt8] {
        if random.oneIn(4) { return "*".bytes }
        let pieces = [
            "*", "*", "?", "a", "b", "key", "k", " ", "[a-k]", "[^a]", "[", "]", "^", "-", "\\", "[z-a]", "e", "[]",
            "[^",
        ]
        let pattern = (0..<random.below(6)).flatMap { _ in Array(random.pick(pieces).utf8) }
        return pattern + (random.oneIn(8) ? random.bytes(2) : [])
    }
}
