// From figures to pixels.

@preconcurrency import Glibc
import LabKit

/// One axis of a plot.
struct Axis: Sendable {
    enum Scale: Sendable {
        case linear, logarithmic

        /// Logarithmic where the largest figure would press the others against the bottom of a linear axis. A figure of
        /// nothing has no place on it.
        static func fitting(_ values: [Double]) -> Scale {
            guard let least = values.min(), let most = values.max(), least > 0 else { return .linear }
            return most > 20 * least ? .logarithmic : .linear
        }
    }

    let scale: Scale
    /// The first and the last are its ends.
    let ticks: [Double]

    init(_ scale: Scale, ticks: [Double]) {
        (self.scale, self.ticks) = (scale, ticks)
    }

    /// An axis on which all `values` have room: a linear one begins at zero, and a logarithmic one at a round number.
    init(_ scale: Scale, for values: [Double], ticks count: Int = 5) {
        let positive = values.filter { $0 > 0 }
        let maximum = positive.max() ?? 1
        self.scale = scale
        ticks =
            switch scale {
            case .linear: Ticks.linear(to: maximum, atMost: count)
            case .logarithmic: Ticks.logarithmic(from: positive.min() ?? maximum, to: maximum)
            }
    }

    /// Where a value stands between the ends, from 0 to 1.
    func fraction(_ value: Double) -> Double {
        let (start, end) = (ticks[0], ticks[ticks.count - 1])
        return switch scale {
        case .linear: (value - start) / (end - start)
        case .logarithmic: log(max(value, start) / start) / log(end / start)
        }
    }
}

extension Ticks {
    /// Round numbers for a logarithmic axis: 1, 2, 5 and their multiples over a short range, powers of ten over a long
    /// one. The first is not above `minimum`, and the last not below `maximum`.
    static func logarithmic(from minimum: Double, to maximum: Double) -> [Double] {
        let powers = powers(from: minimum, to: maximum)
        guard powers.count <= 4 else { return powers }
        let all = powers.flatMap { [$0, $0 * 2, $0 * 5] }
        let first = all.lastIndex { $0 <= minimum * 1.000_001 } ?? 0
        let last = all.firstIndex { $0 >= maximum * 0.999_999 } ?? all.count - 1
        return Array(all[first...max(last, first + 1)])
    }
}

/// Labels beside each other that must not touch.
enum LabelLayout {
    /// Moves positions for them to be `gap` apart, within `range`. Their order stays.
    static func spread(_ positions: [Double], gap: Double, in range: ClosedRange<Double>) -> [Double] {
        let order = positions.indices.sorted { positions[$0] < positions[$1] }
        var places = order.map { positions[$0] }
        // Neighbours that would touch push each other away, until none does any more.
        for _ in 0..<1000 {
            for index in places.indices.dropFirst() {
                let push = max(0, gap - (places[index] - places[index - 1])) / 2
                places[index - 1] -= push
                places[index] += push
            }
        }
        for index in places.indices {
            places[index] = min(places[index], range.upperBound - Double(places.count - 1 - index) * gap)
        }
        for index in places.indices { places[index] = max(places[index], range.lowerBound + Double(index) * gap) }
        var result = positions
        for (place, index) in zip(places, order) { result[index] = place }
        return result
    }
}

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
