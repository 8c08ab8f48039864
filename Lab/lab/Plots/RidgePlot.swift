// How latencies spread: a histogram for each stage, one under the other, on one logarithmic axis.

@preconcurrency import Glibc
import LabKit

struct RidgePlot {
    struct Row {
        let stage: Stage
        /// Latencies up to so many microseconds, and how many of them there are.
        let buckets: [(upperBound: Double, count: Int)]
        /// Drawn as marks, in microseconds.
        let median: Double
        let tail: Double
    }

    let title: String
    let rows: [Row]

    private static let width = 480.0
    private static let left = 100.0
    private static let right = 36.0
    private static let rowHeight = 40.0
    private static let binsPerPower = 12.0

    var svg: String {
        let height = Double(rows.count) * Self.rowHeight + 48
        var svg = SVG(width: Self.width, height: height, label: title)
        let values = rows.flatMap { row in row.buckets.map(\.upperBound) }
        let axis = Axis(.logarithmic, ticks: Ticks.powers(from: values.min() ?? 1, to: values.max() ?? 10))
        let x = { (value: Double) in Self.left + axis.fraction(value) * (Self.width - Self.left - Self.right) }
        let base = height - 44
        for tick in axis.ticks { svg.line(x(tick), 4, x(tick), base, "grid") }
        svg.marks(axis.ticks.map { (x($0), Format.tick(microseconds: $0)) }, at: base + 16)
        svg.text("latency", (Self.left + Self.width - Self.right) / 2, height - 8, "axis", anchor: .middle)
        for (index, row) in rows.enumerated() {
            draw(row, into: &svg, base: Double(index + 1) * Self.rowHeight, x)
        }
        return svg.text
    }

    private func draw(_ row: Row, into svg: inout SVG, base: Double, _ x: (Double) -> Double) {
        let number = row.stage.number
        svg.text(row.stage.title, Self.left - 8, base - 4, "name s\(number)", anchor: .end)
        var bins: [Int: Int] = [:]
        for (upperBound, count) in row.buckets where upperBound > 0 {
            bins[Int(floor(log10(upperBound) * Self.binsPerPower)), default: 0] += count
        }
        let largest = Double(bins.values.max() ?? 1)
        for (bin, count) in bins.sorted(by: { $0.key < $1.key }) {
            let (low, high) = (pow(10, Double(bin) / Self.binsPerPower), pow(10, Double(bin + 1) / Self.binsPerPower))
            let height = max(1, Double(count) / largest * (Self.rowHeight - 10))
            svg.rectangle(
                x(low), base - height, max(1, x(high) - x(low) - 0.5), height, "bar point s\(number)",
                title: "\(row.stage.title): \(Format.count(count)) up to \(Format.time(microseconds: high))")
        }
        svg.line(Self.left, base, Self.width - Self.right, base, "base")
        svg.line(x(row.median), base - Self.rowHeight + 8, x(row.median), base, "median")
        svg.line(x(row.tail), base - Self.rowHeight + 8, x(row.tail), base, "tail")
    }
}
