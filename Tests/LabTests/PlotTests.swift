import LabKit
import Testing

@testable import lab

@Suite("Plots") struct PlotTests {
    // MARK: Axes

    @Test func marksStandAtRoundNumbers() {
        #expect(Ticks.linear(to: 100, atMost: 5) == [0, 20, 40, 60, 80, 100])
        #expect(Ticks.linear(to: 101, atMost: 6) == [0, 20, 40, 60, 80, 100, 120])
        #expect(Ticks.linear(to: 0.7, atMost: 4).last! >= 0.7)
        #expect(Ticks.powers(from: 3, to: 900) == [1, 10, 100, 1000])
        #expect(Ticks.powers(from: 1, to: 1) == [1, 10])
        #expect(Ticks.logarithmic(from: 3, to: 40) == [2, 5, 10, 20, 50])
        #expect(Ticks.logarithmic(from: 0.2, to: 9.5) == [0.2, 0.5, 1, 2, 5, 10])
        #expect(Ticks.logarithmic(from: 1, to: 1_000_000).count == 7)
    }

    @Test func everyValueIsOnItsAxis() {
        var random = SplitMix(seed: 7)
        for _ in 0..<2000 {
            let values = (0..<5).map { _ in Double(random.next() % 1_000_000 + 1) / 1000 }
            for scale in [Axis.Scale.linear, .logarithmic] {
                let axis = Axis(scale, for: values)
                #expect(axis.ticks.count >= 2 && axis.ticks == axis.ticks.sorted())
                #expect(values.allSatisfy { (-1e-9...1 + 1e-9).contains(axis.fraction($0)) }, "\(values) \(axis.ticks)")
            }
        }
    }

    @Test func anAxisWithoutValuesIsAnAxis() {
        #expect(Axis(.linear, for: []).fraction(0) == 0)
        #expect(Axis(.logarithmic, for: [0]).fraction(0) == 0)
    }

    // MARK: Labels

    @Test func labelsThatWouldTouchMoveApart() {
        #expect(LabelLayout.spread([100, 100], gap: 10, in: 0...200) == [95, 105])
        #expect(LabelLayout.spread([100, 50], gap: 10, in: 0...200) == [100, 50])
        #expect(LabelLayout.spread([199, 200, 200], gap: 10, in: 0...200) == [180, 190, 200])
        #expect(LabelLayout.spread([], gap: 10, in: 0...200) == [])
    }

    @Test func labelsKeepTheirDistanceAndTheirOrder() {
        var random = SplitMix(seed: 3)
        for _ in 0..<2000 {
            let wanted = (0..<5).map { _ in Double(random.next() % 200) }
            let places = LabelLayout.spread(wanted, gap: 15, in: 0...200)
            let order = wanted.indices.sorted { wanted[$0] < wanted[$1] }.map { places[$0] }
            #expect(places.allSatisfy { $0 >= -1e-9 && $0 <= 200 + 1e-9 }, "\(wanted) \(places)")
            for (first, second) in zip(order, order.dropFirst()) {
                #expect(abs(second - first) >= 15 - 1e-6, "\(wanted) \(places)")
            }
        }
    }

    // MARK: Drawings

    @Test func aLinePlotHasAllItsPoints() {
        let plot = LinePlot(
            title: "a < b", xTitle: "x", yTitle: "y", xScale: .logarithmic, yScale: .linear,
            series: [
                .init(.threads, [(1, 2), (10, 3), (100, 4)]), .init(.poll, [(1, 2), (10, 9)]),
                // One point is no line.
                .init(.sync, [(1, 5)]),
            ])
        #expect(plot.svg.contains("data-points=\"5\""))
        #expect(plot.svg.split(separator: "mark point").count == 6)
        #expect(plot.svg.contains("a &lt; b") && plot.svg.contains("2\u{A0}Threads"))
        #expect(!plot.svg.contains("nan") && !plot.svg.contains("inf"))
    }

    @Test func aBarPlotSaysWhatItCannotDraw() {
        let plot = BarPlot(
            title: "t", unit: "u", groups: [("g", [(.sync, nil, "not served"), (.poll, 3, "3.00")])])
        #expect(plot.svg.contains("data-points=\"1\"") && plot.svg.contains("not served"))
    }

    @Test func aTimelineIsDrawnSpanBySpan() {
        let timeline = Timeline(
            client: "B",
            spans: [.init(.connecting, 0, 10), .init(.waiting, 10, 500_000), .init(.receiving, 500_000, 500_010)])
        let plot = TimelinePlot(title: "t", timelines: [timeline], scale: 1_000_000)
        #expect(plot.svg.contains("data-points=\"3\"") && plot.svg.contains("waits 500 ms"))
    }

    @Test func aRidgePlotDrawsEveryBin() {
        let plot = RidgePlot(
            title: "t", rows: [.init(stage: .epoll, buckets: [(10, 5), (11, 5), (1000, 1)], median: 10, tail: 1000)])
        #expect(plot.svg.contains("data-points=\"2\"") || plot.svg.contains("data-points=\"3\""))
    }

    @Test func markupIsEscaped() {
        #expect(HTML.escape("<a href=\"b\">&</a>") == "&lt;a href=&quot;b&quot;&gt;&amp;&lt;/a&gt;")
        #expect(HTML.table(TextTable(["<"], [["&"]])).contains("<th scope=\"row\">&amp;</th>"))
    }
}
