// Who waits for whom: a row for each client, time to the right.

import LabKit

/// The clients of one stage.
struct TimelinePlot: Sendable {
    let title: String
    let timelines: [Timeline]
    /// Microseconds that the whole width shows; the same for all stages, so that they can be compared.
    let scale: Double
    /// Whether each name stands above its row instead of before it, for a screen of 400 pixels.
    var isNarrow = false

    private var width: Double { isNarrow ? 360 : 960 }
    private var left: Double { isNarrow ? 8 : 204 }
    private var right: Double { isNarrow ? 30 : 36 }
    private var rowHeight: Double { isNarrow ? 37 : 21 }
    /// How far below its top a row's bar is.
    private var barOffset: Double { isNarrow ? 16 : 0 }

    var svg: String {
        let height = Double(timelines.count) * rowHeight + 26
        var svg = SVG(width: width, height: height, label: title)
        let axis = Axis(.linear, for: [scale / 1000], ticks: isNarrow ? 5 : 10)
        let x = { (time: Double) in left + axis.fraction(time / 1000) * (width - left - right) }
        let base = height - 22
        for tick in axis.ticks {
            svg.line(x(tick * 1000), 2, x(tick * 1000), base, tick == 0 ? "base" : "grid")
        }
        svg.marks(axis.ticks.map { (x($0 * 1000), $0 == 0 ? "0" : Format.tick($0) + " ms") }, at: base + 15)
        for (row, timeline) in timelines.enumerated() {
            draw(timeline, into: &svg, at: 4 + Double(row) * rowHeight, x)
        }
        return svg.text
    }

    private func draw(_ timeline: Timeline, into svg: inout SVG, at y: Double, _ x: (Double) -> Double) {
        svg.text(timeline.client, isNarrow ? left : left - 10, y + 13, "label", anchor: isNarrow ? .start : .end)
        let y = y + barOffset
        for span in timeline.spans {
            // What takes no time to speak of is seen all the same.
            let width = max(x(span.end) - x(span.start), 1.5)
            let isThin = span.phase == .staying
            svg.rectangle(
                x(span.start), y + (isThin ? 6 : 2), width, isThin ? 5 : 13, "span point \(span.phase.rawValue)",
                title: "\(timeline.client): \(span.phase.meaning), "
                    + Format.time(microseconds: span.end - span.start))
        }
        guard let wait = timeline.spans.first(where: { $0.phase == .waiting }) else { return }
        let text = "waits " + Format.time(microseconds: wait.end - wait.start)
        let room = x(wait.end) - x(wait.start)
        if room > SVG.width(of: text) + 12 {
            svg.text(text, x(wait.start) + room / 2, y + 12.5, "inside", anchor: .middle)
        }
    }
}
