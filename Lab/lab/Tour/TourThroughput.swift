// Experiment 4: how many, and how long each takes.

import LabKit
import Shared

extension Tour {
    func runThroughput() {
        let connections = TourPlan.loadConnections
        let loads = [(1, nil), (TourPlan.loadPipeline, nil), (1, plan.rate)]
        takeTurns(options.stages, steadying: \.throughput) { stage, server, round in
            // That stage 1 does not serve fifty clients need not be seen twice.
            if !stage.isConcurrent && round > 1 { return }
            for (pipeline, rate) in loads {
                add(
                    try measure(
                        stage, server, connections: connections, pipeline: pipeline, seconds: plan.loadTime, rate: rate),
                    to: \.throughput)
            }
        }
        printThroughput("Closed loop, \(connections) clients, each waits for its reply", connections, 1, nil)
        printThroughput(
            "Closed loop, \(connections) clients, \(TourPlan.loadPipeline) requests in flight each", connections,
            TourPlan.loadPipeline, nil)
        printThroughput(
            "Open loop, \(Format.count(plan.rate)) requests per second arrive at \(connections) clients", connections,
            1,
            plan.rate)
        screen.paragraph(TourResults.coordinatedOmission)
        screen.finding(results.throughputFinding)
    }

    private func printThroughput(_ title: String, _ connections: Int, _ pipeline: Int, _ rate: Int?) {
        screen.line(screen.terminal.styled(title, .bold))
        screen.table(results.throughputTable(options.stages, connections, pipeline, rate, sparklines: true))
        for stage in options.stages {
            guard let result = results.throughput(stage, connections, pipeline, rate), !result.isServed else {
                continue
            }
            screen.paragraph(result.servedText)
        }
        screen.line()
    }
}
