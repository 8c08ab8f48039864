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

    /// SET's options with a time: its unit in milliseconds, and whether it counts from now.
    private static let options: [String: (unit: Double, isRelative: Bool)] = [
        "ex": (1000, true), "px": (1, true), "exat": (1000, false), "pxat": (1, false),
    ]
    /// Commands with a time after the key, as one of these.
    private static let commands = [
        "expire": "ex", "pexpire": "px", "expireat": "exat", "pexpireat": "pxat", "setex": "ex", "psetex": "px",
    ]

    /// When the keys end that the request gives an end, in milliseconds from now.
    private static func times(_ request: RedisRequest) -> [Double] {
        let now = Double(Clock.realTime)
        func time(_ option: String, _ index: Int) -> Double? {
            // Only what Redis takes for a number: not +1, not 01.
            let text = request.argument(index)
            guard let (unit, isRelative) = options[option], let number = Int64(text), "\(number)" == text else {
                return nil
            }
            return Double(number) * unit - (isRelative ? 0 : now)
        }
        let name = request.name
        if let option = commands[name] { return time(option, 2).map { [$0] } ?? [] }
        guard let start = ["set": 3, "getex": 2][name] else { return [] }
        return request.arguments.indices.dropFirst(start).compactMap { time(request.argument($0), $0 + 1) }
    }
}
