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
        let deep = TourPlan.loadPipeline
        printThroughput("Closed loop, \(connections) clients, each waits for its reply", 1)
        printThroughput("Closed loop, \(connections) clients, \(deep) requests in flight each", deep)
        printThroughput(
            "Open loop, \(Format.count(plan.rate)) requests per second arrive at \(connections) clients", 1, plan.rate)
        screen.paragraph(TourResults.coordinatedOmission)
        screen.finding(results.throughputFinding)
    }

    private func printThroughput(_ title: String, _ pipeline: Int, _ rate: Int? = nil) {
        screen.line(title, .bold)
        screen.table(results.throughputTable(options.stages, pipeline, rate, sparklines: true))
        for stage in options.stages {
            guard let result = results.throughput(stage, pipeline, rate: rate), !result.isServed else {
                continue
            }
            screen.paragraph(result.servedText)
        }
        screen.line()
    }
}
