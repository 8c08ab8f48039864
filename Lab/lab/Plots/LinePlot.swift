// How a figure changes with another one: a line for each stage, named at its end.

import LabKit

/// A plot with a line for each stage.
struct LinePlot: Sendable {
    struct Series: Sendable {
        let name: String
        /// Of its colour and its marks: that of the stage, or 0.
        let number: Int
        let points: [(x: Double, y: Double)]

        init(_ stage: Stage, _ points: [(x: Double, y: Double)]) {
            (name, number) = (stage.title, stage.number)
            self.points = points
        }

        /// Of a server that is none of the course's.
        init(name: String, _ points: [(x: Double, y: Double)]) {
            (self.name, number) = (name, 0)
            self.points = points
        }
    }

    let title: String
    /// What the axes show, with the unit.
    let xTitle: String
    let yTitle: String
    let xScale: Axis.Scale
    let yScale: Axis.Scale
    let series: [Series]
    /// Where the marks of the horizontal axis stand; nil for round numbers.
    let xTicks: [Double]?

    init(
        title: String, xTitle: String, yTitle: String, xScale: Axis.Scale, yScale: Axis.Scale? = nil,
        xTicks: [Double]? = nil, series: [Series]
    ) {
        self.title = title
        self.xTitle = xTitle
        self.yTitle = yTitle
        self.xScale = xScale
        self.yScale = yScale ?? .fitting(series.flatMap { $0.points.map(\.y) })
        self.xTicks = xTicks
        // A line needs two points. Where a stage has only one, the table says it.
        self.series = series.filter { $0.points.count > 1 }
    }

    private static let width = 480.0
    private static let height = 300.0
    private static let left = 66.0
    private static let right = 108.0
    private static let top = 30.0
    private static let bottom = 46.0

    var svg: String {
        let plotWidth = Self.width - Self.left - Self.right
        let plotHeight = Self.height - Self.top - Self.bottom
        let points = series.flatMap(\.points)
        let xAxis = xTicks.map { Axis(xScale, ticks: $0) } ?? Axis(xScale, for: points.map(\.x))
        let yAxis = Axis(yScale, for: points.map(\.y), ticks: 6)
        let x = { (value: Double) in Self.left + xAxis.fraction(value) * plotWidth }
        let y = { (value: Double) in Self.top + (1 - yAxis.fraction(value)) * plotHeight }
        var svg = SVG(width: Self.width, height: Self.height, label: title)
        draw(yAxis, into: &svg, y)
        drawX(xAxis.ticks, into: &svg, x)
        for one in series { draw(one, into: &svg, x, y) }
        drawNames(into: &svg, x, y)
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

    private func draw(_ series: Series, into svg: inout SVG, _ x: (Double) -> Double, _ y: (Double) -> Double) {
        let number = series.number
        svg.path(series.points.map { (x($0.x), y($0.y)) }, "line s\(number)")
        for point in series.points {
            // A circle for a server that is none of the course's.
            svg.marker(
                number == 0 ? 3 : number, x(point.x), y(point.y), "mark point s\(number)",
                title: "\(series.name): \(Format.short(point.y)) at \(Format.short(point.x))")
            svg.countPoint()
        }
    }

    /// The name of each line at its end, moved where two would touch.
    private func drawNames(into svg: inout SVG, _ x: (Double) -> Double, _ y: (Double) -> Double) {
        let ends = series.map { $0.points[$0.points.count - 1] }
        let places = LabelLayout.spread(
            ends.map { y($0.y) }, gap: 16, in: Self.top...Self.height - Self.bottom)
        for (index, one) in series.enumerated() {
            let start = Self.width - Self.right + 18
            svg.line(x(ends[index].x) + 6, y(ends[index].y), start - 2, places[index], "leader s\(one.number)")
            svg.text(one.name, start, places[index] + 4, "name s\(one.number)")
        }
    }
}
