// The random requests must not depend on the clock: a key that ends while they run is there for one server and gone for
// another, and the test fails once in a thousand runs.

import Shared
import Testing

@Suite("Redis: the generator of requests") struct RedisGeneratorTests {
    /// Milliseconds from now that count as near: a day.
    private static let near: Range<Double> = 1..<86_400_000

    @Test func noTimeIsNear() {
        for seed in UInt64(1)...3000 {
            var generator = RedisGenerator(seed: seed)
            for request in generator.steps().joined() {
                for time in Self.times(request) where Self.near.contains(time) {
                    Issue.record("FUZZ_SEED=\(seed): \(request) ends in \(time) ms")
                }
            }
        }
    }

    /// When the keys end that the request gives an end, in milliseconds from now.
    private static func times(_ request: RedisRequest) -> [Double] {
        guard ["set", "setex", "psetex", "getex"].contains(request.name) || request.name.contains("expire") else {
            return []
        }
        let words = request.arguments.map { String(decoding: $0, as: UTF8.self).lowercased() }
        let now = Double(Clock.realTime)
        func after(_ index: Int, _ unit: Double, _ base: Double) -> [Double] {
            // Only what Redis takes for a number: not +1, not 01.
            guard index < words.count, let number = Int64(words[index]), "\(number)" == words[index] else { return [] }
            return [Double(number) * unit + base - now]
        }
        switch words.first {
        case "expire": return after(2, 1000, now)
        case "pexpire": return after(2, 1, now)
        case "expireat": return after(2, 1000, 0)
        case "pexpireat": return after(2, 1, 0)
        case "setex": return after(2, 1000, now)
        case "psetex": return after(2, 1, now)
        case "set", "getex":
            return words.indices.dropFirst(words[0] == "set" ? 3 : 2).flatMap { index -> [Double] in
                switch words[index] {
                case "ex": after(index + 1, 1000, now)
                case "px": after(index + 1, 1, now)
                case "exat": after(index + 1, 1000, 0)
                case "pxat": after(index + 1, 1, 0)
                default: []
                }
            }
        default: return []
        }
    }
}
