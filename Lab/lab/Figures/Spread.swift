// What several rounds of the same measurement say together.

import LabKit

/// The median of some figures, and the least and the greatest of them: how far a single one is to be trusted.
struct Spread: Sendable, Equatable {
    let median: Double
    let minimum: Double
    let maximum: Double

    /// Of no figures at all, nothing is known.
    init(_ figures: [Double]) {
        let sorted = figures.sorted()
        (minimum, maximum) = (sorted.first ?? .nan, sorted.last ?? .nan)
        median = sorted.isEmpty ? .nan : (sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2]) / 2
    }

    /// One figure by the other, round by round: what slowed a whole round down cancels out.
    static func ratio(_ figures: [Double], to others: [Double]) -> Spread {
        Spread(zip(figures, others).map { $1 == 0 ? .nan : $0 / $1 })
    }

    /// `0.45 (0.43-0.47)`, or `0.45` where all figures are the same.
    var text: String { text(Format.short) }

    func text(_ format: (Double) -> String) -> String {
        let figure = format(median)
        return minimum == maximum || median.isNaN ? figure : "\(figure) (\(format(minimum))-\(format(maximum)))"
    }

    /// `4.58 ±5%`: half of what lies between the least and the greatest, for tables with many columns.
    var brief: String {
        let figure = Format.short(median)
        return minimum == maximum ? figure : figure + " ±\(Format.number(width * 50, decimals: 0))%"
    }
}

/// One figure held against another.
struct Comparison: Sendable, Equatable {
    let figure: Spread
    let base: Spread

    /// Of two figures in several rounds each; nil where one of them was not measured.
    init?(_ figure: Spread?, to base: Spread?) {
        guard let figure, let base, figure.minimum > 0, base.minimum > 0 else { return nil }
        self.figure = figure
        self.base = base
    }

    var isMore: Bool { figure.minimum > base.maximum }
    var isLess: Bool { figure.maximum < base.minimum }
    var isDifferent: Bool { isMore || isLess }

    /// How many times as much, as exactly as the ranges allow: `2.9 times`, `2.1 to 3.6 times`, `up to 1.4 times`.
    var times: String {
        let (low, high) = (figure.minimum / base.maximum, figure.maximum / base.minimum)
        // Within a tenth, one number says it.
        if high <= 1.1 * low { return "\(Self.twoDigits(figure.median / base.median)) times" }
        let (least, most) = (Self.twoDigits(low), Self.twoDigits(high))
        if isMore && least == "1.0" { return "up to \(most) times" }
        return least == most ? "\(least) times" : "\(least) to \(most) times"
    }

    /// Two digits that mean something: `0.48`, `2.9`, `35`, `1,200`.
    private static func twoDigits(_ value: Double) -> String {
        var unit = 0.01
        while value / unit >= 99.5 { unit *= 10 }
        let rounded = (value / unit).rounded() * unit
        return Format.number(rounded, decimals: unit >= 1 ? 0 : unit >= 0.1 ? 1 : 2)
    }
}

extension Spread {
    /// Whether the rounds agree to within a tenth of their median.
    var isSteady: Bool { width <= 0.1 }

    /// How far the least and the greatest lie apart, as a part of the median.
    var width: Double { median > 0 ? (maximum - minimum) / median : 0 }

    /// The range of some times: `3.42 to 3.60 µs`; in one word where they are all the same.
    var timeRange: String {
        let (low, high) = (Format.time(microseconds: minimum), Format.time(microseconds: maximum))
        let (first, last) = (low.split(separator: " "), high.split(separator: " "))
        if low == high { return low }
        return first.last == last.last ? "\(first[0]) to \(high)" : "\(low) to \(high)"
    }
}
