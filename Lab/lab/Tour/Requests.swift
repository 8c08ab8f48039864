// Experiment 2: what a request costs.

import LabKit
import Shared

extension Tour {
    func runRequests() {
        let room = max(1, DescriptorLimit.raise(to: 2 * plan.connections.max()!) - 100)
        for stage in options.stages {
            withServer(stage) { server in
                try fill(server)
                for connections in plan.connections
                where connections <= room && (stage.isConcurrent || connections == 1) {
                    for pipeline in plan.pipelines where plan.measures(connections, pipeline) {
                        screen.progress(
                            "\(stage.title): \(Format.count(connections)) clients, \(pipeline) requests in flight each")
                        results.requests.append(try measureCost(stage, server, connections, pipeline))
                    }
                }
            }
        }
        screen.clearProgress()
        printCosts("CPU of the server per request, in microseconds") { $0.cpuPerRequest }
        if let text = results.requestsSpread { screen.paragraph(text) }
        screen.line()
        printCosts("read and write calls per request") { $0.callsPerRequest }
        screen.line()
        printCosts("poll or epoll_wait calls per request") { $0.perRequest($0.server.waits) }
        screen.line()
        printCosts("context switches per request") { $0.switchesPerRequest }
        screen.line()
        screen.paragraph(
            "Clients × requests in flight for each. Stage 1 serves one client at a time, so it has no figures for more."
        )
        screen.finding(results.requestsFinding)
    }

    /// In several rounds, until they agree. On a busy machine the server may hardly be run within the time; a cost is that
    /// of a good number of requests.
    private func measureCost(
        _ stage: Stage, _ server: ServerProcess, _ connections: Int, _ pipeline: Int
    ) throws -> LoadMeasurement {
        let time = plan.cellTime
        var result = try measure(stage, server, connections: connections, pipeline: pipeline, seconds: time)
        let wanted = max(500, 2 * connections * pipeline)
        for round in 1..<plan.mostRounds
        where round < plan.rounds || !result.isSteady || result.load.requests < wanted {
            result.add(try measure(stage, server, connections: connections, pipeline: pipeline, seconds: time))
        }
        return result
    }

    private func printCosts(_ title: String, _ value: (LoadMeasurement) -> Double?) {
        // All combinations would be too wide; the report has them.
        let columns =
            plan.connections.map { ($0, 1) } + plan.pipelines.dropFirst().map { (plan.fewConnections, $0) }
        screen.line(title, .bold)
        var table = TextTable(["stage"] + columns.map { "\($0.0) × \($0.1)" })
        for stage in options.stages {
            let cells = columns.map { connections, pipeline in
                Format.number(
                    results.requests.of(stage, pipeline, connections: connections).flatMap(value), decimals: 2)
            }
            table.rows.append([stage.title] + cells)
        }
        screen.table(table)
    }
}
