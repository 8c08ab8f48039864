// Experiment 4: how many, and how long each takes.

import LabKit
import Shared

extension Tour {
    func runThroughput() {
        let connections = TourPlan.loadConnections
        let loads = [(1, nil), (TourPlan.loadPipeline, nil), (1, plan.rate)]
        withServers { servers in
            for round in 1...plan.rounds {
                for (pipeline, rate) in loads {
                    // That stage 1 does not serve fifty clients need not be seen twice.
                    for (stage, server) in servers where stage.isConcurrent || round == 1 {
                        screen.progress("round \(round) of \(plan.rounds): \(stage.title)")
                        add(
                            try measure(
                                stage, server, connections: connections, pipeline: pipeline, seconds: plan.loadTime,
                                rate: rate))
                    }
                }
            }
        }
        screen.clearProgress()
        printThroughput("Closed loop, \(connections) clients, each waits for its reply", connections, 1, nil)
        printThroughput(
            "Closed loop, \(connections) clients, \(TourPlan.loadPipeline) requests under way each", connections,
            TourPlan.loadPipeline, nil)
        printThroughput(
            "Open loop, \(Format.count(plan.rate)) requests per second arrive at \(connections) clients", connections,
            1,
            plan.rate)
        screen.paragraph(
            "In a closed loop a slow reply also delays the next request, so that a stall is measured once, however many "
                + "requests it would have met (coordinated omission). In the open loop requests fall due at fixed times, "
                + "and each latency counts from then.")
    }

    /// Adds a round to those before it.
    private func add(_ result: LoadMeasurement) {
        let index = results.throughput.firstIndex {
            $0.stage == result.stage && $0.pipeline == result.pipeline && $0.rate == result.rate
        }
        guard let index else { return results.throughput.append(result) }
        results.throughput[index].add(result)
    }

    private func printThroughput(_ title: String, _ connections: Int, _ pipeline: Int, _ rate: Int?) {
        screen.line(screen.terminal.styled(title, .bold))
        var table = TextTable(["stage", "requests per second", "p50", "p99", "p99.9", "10 µs to 100 ms"])
        for stage in options.stages {
            guard let result = results.throughput(stage, connections, pipeline, rate) else { continue }
            guard result.isServed else {
                table.rows.append([
                    stage.title, "\(result.load.servedConnections) of \(connections) served", "-", "-", "-",
                ])
                continue
            }
            let times = [50, 99, 99.9].map { percent in
                result.latency(percent).map { Format.time(microseconds: $0) } ?? "-"
            }
            table.rows.append(
                [stage.title, Format.short(result.requestsPerSecond)] + times + [result.load.latency.sparkline])
        }
        screen.table(table)
        for stage in options.stages {
            guard let result = results.throughput(stage, connections, pipeline, rate), !result.isServed else {
                continue
            }
            screen.paragraph(result.servedText)
        }
        screen.line()
    }
}
