// How a figure changes with another one: a line for each stage, named at its end.

import LabKit

struct LinePlot {
    struct Series {
        let name: String
        /// Of its colour and its marks: that of the stage, or 0 of a server that is none of the course's.
        let number: Int
        let points: [(x: Double, y: Double)]
    }

    let title: String
    /// What the axes show, with the unit.
    let xTitle: String
    let yTitle: String
    let xScale: Axis.Scale
    /// Nil for one that fits.
    var yScale: Axis.Scale?
    /// Where the marks of the horizontal axis stand; nil for round numbers.
    var xTicks: [Double]?
    let series: [Series]

    private static let width = 480.0
    private static let height = 300.0
    private static let left = 66.0
    private static let right = 108.0
    private static let top = 30.0
    private static let bottom = 46.0

    var svg: String {
        let plotWidth = Self.width - Self.left - Self.right
        let plotHeight = Self.height - Self.top - Self.bottom
        // A line needs two points. Where a stage has only one, the table says it.
        let lines = series.filter { $0.points.count > 1 }
        let points = lines.flatMap(\.points)
        let yScale = yScale ?? .fitting(series.flatMap { $0.points.map(\.y) })
        let xAxis = xTicks.map { Axis(xScale, ticks: $0) } ?? Axis(xScale, for: points.map(\.x))
        let yAxis = Axis(yScale, for: points.map(\.y), ticks: 6)
        let x = { (value: Double) in Self.left + xAxis.fraction(value) * plotWidth }
        let y = { (value: Double) in Self.top + (1 - yAxis.fraction(value)) * plotHeight }
        var svg = SVG(width: Self.width, height: Self.height, label: title)
        draw(yAxis, into: &svg, y)
        drawX(xAxis.ticks, into: &svg, x)
        let curves = lines.map { line in line.points.map { (x: x($0.x), y: y($0.y)) } }
        for (line, curve) in zip(lines, curves) { draw(line, curve, into: &svg) }
        drawNames(lines, curves.map { $0[$0.count - 1] }, into: &svg)
        return svg.text
    }

    private func draw(_ axis: Axis, into svg: inout SVG, _ y: (Double) -> Double) {
        for tick in axis.ticks {
            svg.line(Self.left, y(tick), Self.width - Self.right, y(tick), "grid")
            svg.text(Format.tick(tick), Self.left - 7, y(tick) + 4, "tick", anchor: .end)
        }
        svg.text(yTitle, 4, 13, "axis")
    }

    private func drawX(_ ticks: [Double], into svg: inout SVG, _ x: (Double) -> Double) {
        let base = Self.height - Self.bottom
        svg.line(Self.left, base, Self.width - Self.right, base, "base")
        for tick in ticks { svg.line(x(tick), base, x(tick), base + 4, "base") }
        svg.marks(ticks.map { (x($0), Format.tick($0)) }, at: base + 17)
        svg.text(xTitle, (Self.left + Self.width - Self.right) / 2, Self.height - 8, "axis", anchor: .middle)
    }

    private func draw(_ line: Series, _ curve: [(x: Double, y: Double)], into svg: inout SVG) {
        svg.path(curve, "line s\(line.number)")
        for (point, place) in zip(line.points, curve) {
            // A circle for a server that is none of the course's.
            svg.marker(
                line.number == 0 ? 3 : line.number, place.x, place.y, "mark point s\(line.number)",
                title: "\(line.name): \(Format.short(point.y)) at \(Format.short(point.x))")
        }
    }

    /// The name of each line at its end, moved where two would touch.
    private func drawNames(_ lines: [Series], _ ends: [(x: Double, y: Double)], into svg: inout SVG) {
        let start = Self.width - Self.right + 18
        let places = LabelLayout.spread(ends.map(\.y), gap: 16, in: Self.top...Self.height - Self.bottom)
        for (index, line) in lines.enumerated() {
            svg.line(ends[index].x + 6, ends[index].y, start - 2, places[index], "leader s\(line.number)")
            svg.text(line.name, start, places[index] + 4, "name s\(line.number)")
        }
    }
}

extension LinePlot.Series {
    init(_ stage: Stage, _ points: [(x: Double, y: Double)]) {
        self.init(name: stage.title, number: stage.number, points: points)
    }
}
