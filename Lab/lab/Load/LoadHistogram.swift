// Latencies, counted instead of kept: a million of them take the room of a thousand, at a precision of 3 %.
//
// Buckets are log-linear: each power of two is cut into 32 of the same width. So a bucket is never wider than a
// 32nd of the values in it, from nanoseconds to minutes.

import LabKit

/// How often each latency occurred, in nanoseconds.
struct LoadHistogram: Sendable {
    private static let bits = 5
    private static let perPower = 1 << bits
    /// The last bucket starts above an hour.
    private static let bucketCount = (42 - bits + 1) * perPower

    private var counts = [Int](repeating: 0, count: bucketCount)
    private(set) var count = 0
    private(set) var maximum = 0
    private(set) var minimum = Int.max
    private var sum = 0.0

    mutating func record(_ nanoseconds: Int, times: Int = 1) {
        let value = max(0, nanoseconds)
        counts[min(Self.bucket(of: value), counts.count - 1)] += times
        count += times
        sum += Double(value) * Double(times)
        if value > maximum { maximum = value }
        if value < minimum { minimum = value }
    }

    mutating func add(_ other: LoadHistogram) {
        for index in counts.indices { counts[index] += other.counts[index] }
        count += other.count
        sum += other.sum
        maximum = max(maximum, other.maximum)
        minimum = min(minimum, other.minimum)
    }

    /// What buckets do not tell exactly.
    mutating func restore(minimum: Int, maximum: Int, mean: Double) {
        self.minimum = minimum
        self.maximum = maximum
        sum = mean * Double(count)
    }

    var mean: Double { count > 0 ? sum / Double(count) : 0 }

    /// The latency that this part of all requests did not exceed, to the precision of a bucket.
    func quantile(_ part: Double) -> Int {
        if count == 0 { return 0 }
        // 99.9 / 100 is a little more than 0.999.
        let rank = max(1, Int((part * Double(count) - 1e-9).rounded(.up)))
        var seen = 0
        for (bucket, number) in counts.enumerated() {
            seen += number
            if seen >= rank { return min(Self.upperBound(of: bucket), maximum) }
        }
        return maximum
    }

    /// The buckets that are not empty: up to which latency each goes, and how many are in it.
    var buckets: [(upperBound: Int, count: Int)] {
        counts.indices.filter { counts[$0] > 0 }.map { (Self.upperBound(of: $0), counts[$0]) }
    }

    /// Below 64, a bucket for each value; above, the five bits after the leading one choose within its power.
    static func bucket(of value: Int) -> Int {
        if value < 2 * perPower { return value }
        let shift = Int.bitWidth - value.leadingZeroBitCount - bits - 1
        return shift * perPower + value >> shift
    }

    /// The largest value in a bucket.
    static func upperBound(of bucket: Int) -> Int {
        if bucket < 2 * perPower { return bucket }
        let shift = bucket / perPower - 1
        return (bucket - shift * perPower + 1) << shift - 1
    }
}
