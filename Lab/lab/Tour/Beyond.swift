// Experiment 6: the variations on stage 5, beside it.

import LabKit
import Shared

extension Tour {
    func runBeyond() {
        let servers = [Stage.pipelining, .uring, .cores].filter { server in
            guard let obstacle = server.obstacle else { return true }
            let remark = "\(server.title) was left out: \(obstacle)."
            results.remarks.append(remark)
            screen.paragraph(remark)
            return false
        }
        let connections = TourPlan.loadConnections
        takeTurns(servers, steadying: \.beyond) { server, process, _ in
            for pipeline in [1, TourPlan.loadPipeline] {
                add(
                    try measure(server, process, connections: connections, pipeline: pipeline, seconds: plan.loadTime),
                    to: \.beyond)
            }
        }
        for pipeline in [1, TourPlan.loadPipeline] {
            screen.line(screen.terminal.styled(TourResults.beyondTitle(pipeline), .bold))
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
