// How cost grows as work grows: CPU per GET and SET against the number of keys, of connections, and the size of values.

import LabKit

/// Seconds of one run. The cost of a request needs no longer.
private let runTime = 0.2
private let connectionCounts = [1, 10, 100, 1000, 10_000]
private let sizes = [1, 10, 100, 1000, 10_000, 100_000, 1_000_000, 10_000_000]

func measureScale(_ setting: VersusSetting, mostKeys: Int) throws -> VersusReport {
    let room = DescriptorLimit.raise(to: connectionCounts.last! + 200) - 200
    let counts = connectionCounts.filter { $0 <= room }
    let servers = try setting.contenders.map { try $0.start(connections: counts.last!, cores: setting.cores) }
    let scale = Scale(servers: servers, rounds: setting.rounds)
    var figures: [VersusReport.Figure] = []
    var keys = 0
    for count in [1000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000] where count <= mostKeys {
        for server in servers { try Load.fill(server.plan(.set, keys: keys..<count, valueSize: 16)) }
        keys = count
        figures += try scale.measure("keys", count, keys: count)
    }
    for count in counts { figures += try scale.measure("connections", count, connections: count) }
    for size in sizes {
        for server in servers { try Load.fill(server.plan(.set, keys: 0..<4, valueSize: size)) }
        figures += try scale.measure("bytes", size, connections: 2, keys: 4, valueSize: size)
    }
    var notes = [
        "One request in flight on a connection: 50 connections, 1,000 keys, values of 16 bytes where not said."
    ]
    if counts.count < connectionCounts.count { notes.append("ulimit -n allows no more connections here.") }
    return setting.report("scale", "How cost grows: CPU of the server, µs per request", figures, notes: notes)
}

private struct Scale {
    let servers: [RunningServer]
    let rounds: Int

    /// GET and SET, every server in turn.
    func measure(
        _ axis: String, _ x: Int, connections: Int = 50, keys: Int = 1000, valueSize: Int = 16
    ) throws -> [VersusReport.Figure] {
        try [LoadCommand.get, .set].map { command in
            let costs = try inTurn(servers, rounds: rounds) { server in
                let (result, time) = try server.measure(
                    server.plan(
                        command, connections: connections, limit: .seconds(runTime), keys: 0..<keys,
                        valueSize: valueSize))
                return time / Double(result.requests)
            }
            let name = command.rawValue.uppercased()
            return .init(
                "\(Format.count(x)) \(x == 1 ? String(axis.dropLast()) : axis)", costs, unit: name,
                plot: "\(name), by \(axis)", x: Double(x))
        }
    }
}

/// The plots as a page.
struct VersusPage {
    let reports: [VersusReport]

    var html: String {
        let machine = Machine()
        return ReportStyle.page(
            "How cost grows as work grows",
            "<p>\(HTML.escape(machine.summary)), \(HTML.escape(machine.date)).</p>\n"
                + reports.map(section).joined())
    }

    private func section(_ report: VersusReport) -> String {
        var plots: [String] = []
        for case let plot? in report.figures.map(\.plot) where !plots.contains(plot) { plots.append(plot) }
        return """
            <h2>\(HTML.escape(report.title))</h2>
            <div class="plots">\(plots.map { drawing($0, of: report) }.joined())</div>
            \(HTML.table(report.table))
            \(HTML.notes(report.notes))

            """
    }

    private func drawing(_ plot: String, of report: VersusReport) -> String {
        let figures = report.figures.filter { $0.plot == plot }
        let series = report.contenders.enumerated().map { index, name -> LinePlot.Series in
            let points = figures.map { (x: $0.x ?? 0, y: Spread($0.rounds[index]).median) }
            if let stage = Stage.all.first(where: { $0.name == name }) { return .init(stage, points) }
            return .init(name: name, number: 0, points: points)
        }
        let axis = plot.split(separator: " ").last.map(String.init) ?? ""
        let drawing = LinePlot(
            title: plot, xTitle: axis, yTitle: "µs of CPU per request", xScale: .logarithmic, series: series)
        return HTML.figure(plot, drawing.svg)
    }
}
