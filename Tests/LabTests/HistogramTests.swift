import LabKit
import Testing

@testable import lab

@Suite("Latency histogram") struct HistogramTests {
    @Test func everyValueIsInItsBucket() {
        for value in Array(0..<5000) + (3...40).flatMap({ [1 << $0 - 1, 1 << $0, 1 << $0 + 1] }) {
            let bucket = LoadHistogram.bucket(of: value)
            let upper = LoadHistogram.upperBound(of: bucket)
            #expect(value <= upper)
            #expect(bucket == 0 || value > LoadHistogram.upperBound(of: bucket - 1))
            #expect(Double(upper) <= Double(value) * (1 + 1.0 / 32), "no more than 3 % too much")
        }
    }

    @Test func quantiles() {
        var histogram = LoadHistogram()
        for value in 1...100_000 { histogram.record(value) }
        for part in [0.5, 0.9, 0.99, 0.999] {
            let exact = part * 100_000
            #expect(Double(histogram.quantile(part)) >= exact)
            #expect(Double(histogram.quantile(part)) <= exact * (1 + 1.0 / 32))
        }
        #expect(histogram.quantile(1) == 100_000)
        #expect(histogram.maximum == 100_000)
        #expect(histogram.minimum == 1)
        #expect(histogram.mean == 50_000.5)
    }

    @Test func empty() {
        #expect(LoadHistogram().quantile(0.99) == 0)
        #expect(LoadHistogram().buckets.isEmpty)
    }

    @Test func sums() {
        var one = LoadHistogram()
        one.record(10, times: 3)
        var other = LoadHistogram()
        other.record(1000)
        one.add(other)
        #expect(one.count == 4)
        #expect(one.buckets.map(\.count) == [3, 1])
        #expect(one.quantile(0.75) == 10)
        #expect(one.quantile(0.76) == 1000)
    }

    /// A clock that was set back, and a run that took days, are counted and do not trap.
    @Test func extremes() {
        var histogram = LoadHistogram()
        histogram.record(-5)
        histogram.record(Int.max / 2)
        #expect(histogram.count == 2)
        #expect(histogram.maximum == Int.max / 2)
    }
}
