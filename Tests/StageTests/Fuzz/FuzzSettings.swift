// Chance that can be repeated: the same seed gives the same requests on every machine.

@preconcurrency import Glibc
import LabKit

extension SplitMix {
    /// A number from 0 to `bound` - 1.
    mutating func below(_ bound: Int) -> Int {
        Int.random(in: 0..<max(1, bound), using: &self)
    }

    /// True once in `count` times.
    mutating func oneIn(_ count: Int) -> Bool {
        below(count) == 0
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[below(elements.count)]
    }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}

/// How long the fuzzers run, and from which seed: FUZZ_SEED, and FUZZ_COUNT (rounds) or FUZZ_SECONDS.
struct FuzzSettings {
    /// The seed of the first round; each further round counts one up, so a failing round can be run alone.
    let seed: UInt64
    private let count: Int?
    private let deadline: Int64?

    /// The default seed is fixed: a test that passed once passes always.
    init(name: String, count defaultCount: Int) {
        seed = Self.variable("FUZZ_SEED").flatMap { UInt64($0) } ?? 1
        let seconds = Self.variable("FUZZ_SECONDS").flatMap { Int64($0) }
        let chosen = Self.variable("FUZZ_COUNT").flatMap { Int($0) }
        // A sanitizer makes everything several times as slow.
        count = chosen ?? (seconds == nil ? (Sanitizer.isOn ? defaultCount / 4 : defaultCount) : nil)
        deadline = seconds.map { Self.seconds + $0 }
        let length = count.map { "\($0) rounds" } ?? "\(seconds!) s"
        print("\(name): FUZZ_SEED=\(seed), \(length)")
    }

    /// Calls `round` with a seed each, until it returns false or the end has come.
    func run(_ round: (UInt64) throws -> Bool) rethrows {
        var done = 0
        while count.map({ done < $0 }) ?? true, deadline.map({ Self.seconds < $0 }) ?? true {
            guard try round(seed &+ UInt64(done)) else { return }
            done += 1
        }
    }

    private static var seconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
