// Experiment 6: the variations on stage 5, beside it.

import LabKit
import Shared

extension Tour {
    func runBeyond() {
        let servers = [Stage.pipelining, .uring, .cores].filter { server in
            guard let obstacle = server.obstacle else { return true }
            note("\(server.title) was left out: \(obstacle).")
            return false
        }
        takeTurns(servers, [(1, nil), (TourPlan.loadPipeline, nil)], seconds: plan.loadTime, into: \.beyond)
        for pipeline in [1, TourPlan.loadPipeline] {
            screen.line(TourResults.loadTitle(pipeline), .bold)
            screen.table(results.beyondTable(pipeline))
            screen.line()
        }
        screen.line("Calls for each request, while each client waits for its reply:")
        screen.bars(
            results.beyond.filter { $0.pipeline == 1 }.map { result in
                (
                    result.stage.title, result.allCallsPerRequest,
                    Format.number(result.allCallsPerRequest ?? 0, decimals: 3)
                )
            })
        screen.finding(results.beyondFinding)
    }
}

extension Tour {
    func printSummary() {
        screen.heading("All stages")
        let table = results.summary(options.stages)
        if !table.rows.isEmpty { screen.table(table) }
        for text in results.summaryNotes { screen.paragraph(text) }
        screen.line()
        for stage in options.stages + results.beyondServers {
            screen.line(stage.title, .stage(stage))
            screen.paragraph(stage.inWords, indent: "  ")
        }
        for remark in results.remarks { screen.paragraph(remark) }
        screen.line()
    }
}
