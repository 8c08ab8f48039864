// A set of measured values, and what can be said of it.

/// Values in order.
public struct Distribution: Sendable, Equatable {
    private let values: [Double]

    public init(_ values: [Double]) {
        self.values = values.sorted()
    }

    public var count: Int { values.count }
    public var maximum: Double? { values.last }
    public var median: Double? { percentile(50) }

    /// The value that so many percent of all are not above.
    public func percentile(_ percent: Double) -> Double? {
        if values.isEmpty { return nil }
        // 99.9 / 100 is a little more than 0.999.
        let rank = Int((percent / 100 * Double(values.count) - 1e-9).rounded(.up))
        return values[min(max(rank, 1), values.count) - 1]
    }
}
