// Chance that can be repeated: the same seed gives the same on every machine.

import Glibc
import LabKit

extension SplitMix {
    /// What the tests begin with. A failure names it: `FUZZ_SEED=that-number swift test` does the same again, and another
    /// number tries something new.
    public static let seed = getenv("FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? 1

    public init() { self.init(seed: Self.seed) }

    /// A number from 0 to `bound` - 1.
    public mutating func below(_ bound: Int) -> Int {
        Int.random(in: 0..<max(1, bound), using: &self)
    }

    /// True once in `count` times.
    public mutating func oneIn(_ count: Int) -> Bool { below(count) == 0 }

    public mutating func pick<Element>(_ elements: [Element]) -> Element { elements[below(elements.count)] }

    public mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &self) }
    }
}
