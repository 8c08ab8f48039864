// Experiment 5: one client and one request at a time, where an event loop has nothing to gain.

import LabKit
import Shared

extension Tour {
    func runSingle() {
        var rounds: [LoadMeasurement] = []
        withServers { servers in
            for round in 1...plan.rounds {
                for (stage, server) in servers {
                    screen.progress("round \(round) of \(plan.rounds): \(stage.title)")
                    rounds.append(try measure(stage, server, connections: 1, pipeline: 1, seconds: plan.singleTime))
                }
            }
        }
        results.single = options.stages.compactMap { stage in
            // A round that something else disturbed stands at one end, and does not count.
            let costs = rounds.filter { $0.stage == stage }.sorted { ($0.cpuPerRequest ?? 0) < ($1.cpuPerRequest ?? 0) }
            return costs.isEmpty ? nil : costs[costs.count / 2]
        }
        printSingle()
    }

    private func printSingle() {
        screen.clearProgress()
        var table = TextTable([
            "stage", "requests per second", "median latency", "CPU per request", "reads and writes per request",
            "polls per request",
        ])
        for result in results.single {
            table.rows.append([
                result.stage.title, Format.short(result.requestsPerSecond),
                result.latency(50).map { Format.time(microseconds: $0) } ?? "-",
                result.cpuPerRequest.map { Format.time(microseconds: $0) } ?? "-",
                result.callsPerRequest.map { Format.number($0, decimals: 2) } ?? "-",
                result.perRequest(result.server.waits).map { Format.number($0, decimals: 2) } ?? "-",
            ])
        }
        screen.table(table)
        screen.line()
        screen.line("CPU of the server for each request:")
        screen.bars(
            results.single.map { ($0.stage.title, $0.cpuPerRequest, Format.time(microseconds: $0.cpuPerRequest ?? 0)) })
        guard let text = results.singleFinding else { return }
        screen.line()
        screen.paragraph(text)
    }
}
