// How long the fuzzers run.

@preconcurrency import Glibc
import LabKit
import Shared
import TestSupport

/// FUZZ_SEED, and FUZZ_COUNT (rounds) or FUZZ_SECONDS.
struct FuzzSettings {
    /// The seed of the first round; each further round counts one up, so a failing round can be run alone.
    let seed: UInt64
    private let count: Int?
    private let deadline: Int64?

    /// The default seed is fixed: a test that passed once passes always.
    init(name: String, count defaultCount: Int) {
        seed = SplitMix.seed
        let seconds = Self.variable("FUZZ_SECONDS").flatMap { Int64($0) }
        let chosen = Self.variable("FUZZ_COUNT").flatMap { Int($0) }
        // A sanitizer makes everything several times as slow.
        count = chosen ?? (seconds == nil ? (Sanitizer.isOn ? defaultCount / 4 : defaultCount) : nil)
        deadline = seconds.map { Clock.monotonic + $0 * 1000 }
        let length = count.map { "\($0) rounds" } ?? "\(seconds!) s"
        print("\(name): FUZZ_SEED=\(seed), \(length)")
    }

    /// Calls `round` with a seed each, until it returns false or the end has come.
    func run(_ round: (UInt64) throws -> Bool) rethrows {
        var done = 0
        while count.map({ done < $0 }) ?? true, deadline.map({ Clock.monotonic < $0 }) ?? true {
            guard try round(seed &+ UInt64(done)) else { return }
            done += 1
        }
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }
}
