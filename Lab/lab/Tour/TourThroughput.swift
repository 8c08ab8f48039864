// Experiment 4: how many, and how long each takes.

import LabKit
import Shared

extension Tour {
    func runThroughput() {
        let (connections, pipelines) = (TourPlan.loadConnections, [1, TourPlan.loadPipeline])
        takeTurns(
            options.stages, pipelines.map { ($0, nil) } + [(1, plan.rate)], seconds: plan.loadTime, into: \.throughput)
        for pipeline in pipelines {
            printThroughput("Closed loop, " + TourResults.loadTitle(pipeline), pipeline)
        }
        printThroughput(
            "Open loop, \(Format.count(plan.rate)) requests per second arrive at \(connections) clients", 1, plan.rate)
        screen.paragraph(TourResults.coordinatedOmission)
        screen.finding(results.throughputFinding)
    }

    private func printThroughput(_ title: String, _ pipeline: Int, _ rate: Int? = nil) {
        screen.line(title, .bold)
        screen.table(results.throughputTable(options.stages, pipeline, rate, sparklines: true))
        for stage in options.stages {
            guard let result = results.throughput.of(stage, pipeline, rate: rate), !result.isServed else { continue }
            screen.paragraph(result.servedText)
        }
        screen.line()
    }
}
