// The plots and tables of each experiment.

import LabKit

extension Report {
    // MARK: 1

    var waiting: String {
        let scale = plan.waitingScale(results.waiting.flatMap(\.timelines))
        let legend = Timeline.Phase.ofTour.map { phase in
            let isThin = phase == .staying
            return
                "<span><svg viewBox=\"0 0 26 13\" aria-hidden=\"true\"><rect class=\"span \(phase.rawValue)\" x=\"0\" "
                + "y=\"\(isThin ? 4 : 0)\" width=\"\(phase == .connecting ? 2 : 26)\" height=\"\(isThin ? 5 : 13)\"/></svg>"
                + "\(HTML.escape(phase.meaning))</span>"
        }
        let plots = results.waiting.map { result in
            // A narrow screen gets a drawing of its own: the wide one, made smaller, could not be read.
            let drawings = [("wide", false), ("narrow", true)].map { style, isNarrow in
                let plot = TimelinePlot(
                    title: "Clients of stage \(result.stage.title)", timelines: result.timelines, scale: scale,
                    isNarrow: isNarrow)
                return "<div class=\"\(style)\">\(plot.svg)</div>"
            }
            return HTML.figure(result.stage.title, drawings.joined())
        }
        return """
            <div class="legend">\(legend.joined(separator: "\n"))</div>
            \(plots.joined())
            \(HTML.finding(results.waitingFinding))
            \(HTML.table(results.waitsTable))
            """
    }

    // MARK: 2

    var requests: String {
        """
        <div class="plots">
        \(byPipeline("CPU of the server", "µs per request") { $0.cpuPerRequest })
        \(byPipeline("Calls of read and write", "calls per request") { $0.callsPerRequest })
        \(byConnections("CPU of the server", "µs per request") { $0.cpuPerRequest })
        \(byConnections("Context switches", "switches per request") { $0.switchesPerRequest })
        </div>
        \(HTML.finding(results.requestsFinding))
        \(HTML.notes(results.requestsSpread.map { [$0] } ?? []))
        <details><summary>All that was measured</summary>
        \(costTable("CPU of the server per request, µs") { $0.cpuPerRequest })
        \(costTable("Calls of read and write per request") { $0.callsPerRequest })
        \(costTable("Calls of poll or epoll_wait per request") { $0.perRequest($0.server.waits) })
        \(costTable("Context switches per request") { $0.switchesPerRequest })
        </details>
        <p class="soft">Stage 1 serves one client at a time, so it has no figures for more.
        \(plan.measuresAllCombinations ? "" : "With <code>--full</code> all combinations are measured.")</p>
        """
    }

    private func byPipeline(_ title: String, _ unit: String, _ value: (LoadMeasurement) -> Double?) -> String {
        let one = plan.connections[0]
        let plot = LinePlot(
            title: title, xTitle: "requests in flight (1 client)", yTitle: unit, xScale: .logarithmic,
            yScale: .logarithmic, xTicks: plan.pipelines.map(Double.init),
            series: series(where: { $0.connections == one }, x: { Double($0.pipeline) }, y: value))
        return HTML.figure("\(title), by requests in flight", plot.svg)
    }

    private func byConnections(_ title: String, _ unit: String, _ value: (LoadMeasurement) -> Double?) -> String {
        let plot = LinePlot(
            title: title, xTitle: "clients (1 request in flight each)", yTitle: unit, xScale: .logarithmic,
            xTicks: plan.connections.map(Double.init),
            series: series(where: { $0.pipeline == 1 }, x: { Double($0.connections) }, y: value))
        return HTML.figure("\(title), by clients", plot.svg)
    }

    private func series(
        where isWanted: (LoadMeasurement) -> Bool, x: (LoadMeasurement) -> Double, y: (LoadMeasurement) -> Double?
    ) -> [LinePlot.Series] {
        stages.map { stage in
            let points = results.requests.filter { $0.stage == stage && isWanted($0) }
            return LinePlot.Series(stage, points.compactMap { point in y(point).map { (x(point), $0) } })
        }
    }

    private func costTable(_ title: String, _ value: (LoadMeasurement) -> Double?) -> String {
        var table = TextTable(["clients × in flight"] + stages.map(\.title))
        for connections in plan.connections {
            for pipeline in plan.pipelines {
                let cells = stages.map { stage in
                    Format.number(
                        results.requests.of(stage, pipeline, connections: connections).flatMap(value), decimals: 2)
                }
                table.rows.append(["\(Format.count(connections)) × \(pipeline)"] + cells)
            }
        }
        return HTML.table(table, caption: title)
    }

    // MARK: 3

    var connections: String {
        let plot = {
            (title: String, unit: String, scale: Axis.Scale?, value: @escaping (ConnectionMeasurement) -> Double?) in
            let series = stages.map { stage in
                LinePlot.Series(
                    stage,
                    results.connections.filter { $0.stage == stage && $0.isAnswered }
                        .compactMap { point in value(point).map { (Double(point.idle), $0) } })
            }
            return HTML.figure(
                title,
                LinePlot(
                    title: title, xTitle: "silent clients", yTitle: unit, xScale: .linear, yScale: scale, series: series
                ).svg)
        }
        return """
            <div class="plots">
            \(plot("CPU for each request of the active client", "µs per request", .linear) { $0.cpuPerRequest })
            \(plot("Memory of the server", "MB", nil) { Double($0.server.residentMemory) / 1_048_576 })
            \(plot("The same CPU, on a logarithmic scale", "µs per request", .logarithmic) { $0.cpuPerRequest })
            \(plot("Threads of the server", "threads", nil) { Double($0.server.threads) })
            </div>
            \(HTML.finding(results.connectionsFinding))
            \(HTML.table(results.connectionsTable))
            \(HTML.notes(results.connectionRemarks))
            """
    }

    // MARK: 4

    var throughput: String {
        let clients = TourPlan.loadConnections
        let pipeline = TourPlan.loadPipeline
        let loads = [
            ("each waits for its reply", 1, nil), ("\(pipeline) requests in flight each", pipeline, nil),
            ("\(Format.count(plan.rate)) requests per second arrive", 1, plan.rate),
        ]
        let bars = BarPlot(
            title: "Requests per second", unit: "requests per second",
            groups: loads.prefix(2).map { title, pipeline, rate in
                let found = stages.compactMap { results.throughput.of($0, pipeline, rate: rate) }
                return ("\(clients) clients, \(title)", found.map(Self.rateBar))
            })
        let ridges = loads.map { title, pipeline, rate in
            let rows = stages.compactMap { results.throughput.of($0, pipeline, rate: rate).flatMap(Self.ridge) }
            return HTML.figure("Latency: \(title)", RidgePlot(title: "Latency, \(title)", rows: rows).svg)
        }
        let tables = loads.map { title, pipeline, rate in
            HTML.table(
                results.throughputTable(stages, pipeline, rate), caption: "\(clients) clients, \(title)")
        }
        return """
            <div class="plots">
            \(HTML.figure("Requests per second", bars.svg))
            \(ridges.joined())
            </div>
            <p class="soft">Each row is scaled to its own peak; the line is the median, the dashed line the 99th
            percentile. A stage without a row did not serve all clients.</p>
            \(HTML.finding(results.throughputFinding))
            \(tables.joined())
            <p>\(HTML.escape(TourResults.coordinatedOmission))</p>
            """
    }

    private static func rateBar(_ result: LoadMeasurement) -> BarPlot.Item {
        guard result.isServed else {
            return (result.stage, nil, "\(result.load.servedConnections) of \(result.connections) clients served")
        }
        return (result.stage, result.requestsPerSecond, Format.short(result.requestsPerSecond))
    }

    private static func ridge(_ result: LoadMeasurement) -> RidgePlot.Row? {
        guard result.isServed, let median = result.latency(50), let tail = result.latency(99) else { return nil }
        return .init(
            stage: result.stage, buckets: result.load.latency.buckets.map { (Double($0.upperBound) / 1000, $0.count) },
            median: median, tail: tail)
    }

    // MARK: 5

    var single: String {
        let groups = [("1 client, 1 request at a time", results.single)]
        return """
            <div class="plots">
            \(bars("CPU of the server", "µs per request", groups, \.cpuPerRequest) { Format.time(microseconds: $0) })
            \(bars("Calls of read, write, poll, epoll_wait", "calls per request", groups, \.allCallsPerRequest) {
                Format.number($0, decimals: 2)
            })
            </div>
            \(HTML.finding(results.singleFinding))
            \(HTML.table(results.singleTable))
            """
    }
}
