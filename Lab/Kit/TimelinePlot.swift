// Who waits for whom: a row for each client, time to the right.

/// The clients of one stage.
public struct TimelinePlot: Sendable {
    public let title: String
    public let timelines: [Timeline]
    /// Microseconds that the whole width shows; the same for all stages, so that they can be compared.
    public let scale: Double

    public init(title: String, timelines: [Timeline], scale: Double) {
        self.title = title
        self.timelines = timelines
        self.scale = scale
    }

    private static let width = 960.0
    private static let left = 190.0
    private static let right = 36.0
    private static let rowHeight = 21.0

    public var svg: String {
        let height = Double(timelines.count) * Self.rowHeight + 26
        var svg = SVG(width: Self.width, height: height, label: title)
        let axis = Axis(.linear, for: [scale / 1000], ticks: 10)
        let x = { (time: Double) in Self.left + axis.fraction(time / 1000) * (Self.width - Self.left - Self.right) }
        let base = height - 22
        for tick in axis.ticks {
            svg.line(x(tick * 1000), 2, x(tick * 1000), base, tick == 0 ? "base" : "grid")
        }
        svg.marks(axis.ticks.map { (x($0 * 1000), $0 == 0 ? "0" : Format.tick($0) + " ms") }, at: base + 15)
        for (row, timeline) in timelines.enumerated() {
            draw(timeline, into: &svg, at: 4 + Double(row) * Self.rowHeight, x)
        }
        return svg.text
    }

    private func draw(_ timeline: Timeline, into svg: inout SVG, at y: Double, _ x: (Double) -> Double) {
        svg.text(timeline.client, Self.left - 10, y + 13, "label", anchor: .end)
        for span in timeline.spans {
            // What takes no time to speak of is seen all the same.
            let width = max(x(span.end) - x(span.start), 1.5)
            let isThin = span.phase == .staying
            svg.rectangle(
                x(span.start), y + (isThin ? 6 : 2), width, isThin ? 5 : 13, "span point \(span.phase.rawValue)",
                title: "\(timeline.client): \(span.phase.meaning), "
                    + Format.time(microseconds: span.end - span.start))
            svg.countPoint()
        }
        guard let wait = timeline.spans.first(where: { $0.phase == .waiting }) else { return }
        let text = "waits " + Format.time(microseconds: wait.end - wait.start)
        let room = x(wait.end) - x(wait.start)
        if room > SVG.width(of: text) + 12 {
            svg.text(text, x(wait.start) + room / 2, y + 12.5, "inside", anchor: .middle)
        }
    }
}
