// Where the marks of an axis go.

@preconcurrency import Glibc
import LabKit

/// Round numbers along an axis.
enum Ticks {
    /// The smallest of 1, 2, 5, 10, 20, 50, ... that divides `range` into at most `count` parts.
    static func step(for range: Double, atMost count: Int) -> Double {
        guard range > 0, count > 0 else { return 1 }
        let least = range / Double(count)
        let power = pow(10, floor(log10(least)))
        return [1, 2, 5, 10].map { $0 * power }.first { $0 >= least * 0.999_999 } ?? 10 * power
    }

    /// Marks from zero to the first one that is not below `maximum`.
    static func linear(to maximum: Double, atMost count: Int = 5) -> [Double] {
        let step = step(for: maximum, atMost: count)
        let last = max(1, Int((maximum / step - 1e-9).rounded(.up)))
        return (0...last).map { Double($0) * step }
    }

    /// The powers of ten that enclose a range.
    static func powers(from minimum: Double, to maximum: Double) -> [Double] {
        guard minimum > 0, maximum >= minimum else { return [1, 10] }
        let first = Int(floor(log10(minimum) + 1e-9))
        let last = max(first + 1, Int(ceil(log10(maximum) - 1e-9)))
        return (first...last).map { pow(10, Double($0)) }
    }
}
