// What several rounds of the same measurement say together.

import LabKit

/// The median of some figures, and the least and the greatest of them: how far a single one is to be trusted.
struct Spread: Sendable, Equatable {
    let median: Double
    let minimum: Double
    let maximum: Double

    /// Of no figures at all, nothing is known.
    init(_ figures: [Double]) {
        guard !figures.isEmpty else {
            (median, minimum, maximum) = (.nan, .nan, .nan)
            return
        }
        let sorted = figures.sorted()
        let middle = sorted.count / 2
        median = sorted.count % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2
        minimum = sorted.first!
        maximum = sorted.last!
    }

    /// One figure by the other, round by round: what slowed a whole round down cancels out.
    static func ratio(_ figures: [Double], to others: [Double]) -> Spread {
        Spread(zip(figures, others).map { $1 == 0 ? .nan : $0 / $1 })
    }

    /// `0.45 (0.43-0.47)`, or `0.45` where all figures are the same.
    var text: String { text(Format.short) }

    func text(_ format: (Double) -> String) -> String {
        let figure = format(median)
        return minimum == maximum ? figure : "\(figure) (\(format(minimum))-\(format(maximum)))"
    }

    /// `4.58 ±5%`: half of what lies between the least and the greatest, for tables with many columns.
    var brief: String {
        let figure = Format.short(median)
        return minimum == maximum ? figure : figure + " ±\(Format.number(width * 50, decimals: 0))%"
    }
}
