// One figure for each stage, as bars.

import LabKit

/// Groups of horizontal bars, one for each stage, on one scale.
struct BarPlot {
    /// Without a value there is nothing to draw; `figure` says why.
    typealias Item = (stage: Stage, value: Double?, figure: String)

    let title: String
    /// What the axis shows, with the unit.
    let unit: String
    let groups: [(title: String, items: [Item])]

    private static let width = 480.0
    private static let left = 100.0
    private static let right = 84.0
    private static let rowHeight = 22.0
    private static let groupHeight = 30.0

    var svg: String {
        let items = groups.flatMap(\.items)
        let height = Double(items.count) * Self.rowHeight + Double(groups.count) * Self.groupHeight + 46
        let axis = Axis(.linear, for: items.compactMap(\.value), ticks: 4)
        let x = { (value: Double) in Self.left + axis.fraction(value) * (Self.width - Self.left - Self.right) }
        var svg = SVG(width: Self.width, height: height, label: title)
        let base = height - 42
        for tick in axis.ticks {
            svg.line(x(tick), Self.groupHeight - 6, x(tick), base, tick == 0 ? "base" : "grid")
        }
        svg.marks(axis.ticks.map { (x($0), Format.tick($0)) }, at: base + 15)
        svg.text(unit, (Self.left + Self.width - Self.right) / 2, height - 7, "axis", anchor: .middle)
        var y = 0.0
        for group in groups {
            svg.text(group.title, 4, y + 18, "axis boxed")
            y += Self.groupHeight
            for item in group.items {
                draw(item, into: &svg, at: y, x)
                y += Self.rowHeight
            }
        }
        return svg.text
    }

    private func draw(_ item: Item, into svg: inout SVG, at y: Double, _ x: (Double) -> Double) {
        let number = item.stage.number
        svg.text(item.stage.title, Self.left - 8, y + 15, "name s\(number)", anchor: .end)
        guard let value = item.value else { return svg.text(item.figure, Self.left + 6, y + 15, "tick boxed") }
        svg.rectangle(
            Self.left, y + 3, max(1, x(value) - Self.left), Self.rowHeight - 7, "bar point s\(number)",
            title: "\(item.stage.title): \(item.figure)")
        svg.text(item.figure, max(x(value), Self.left + 1) + 5, y + 15, "label boxed")
    }
}
