// Experiment 5: one client and one request at a time, where an event loop has nothing to gain.

import LabKit
import Shared

extension Tour {
    func runSingle() {
        takeTurns(options.stages, [(1, nil)], connections: 1, seconds: plan.singleTime, into: \.single)
        screen.table(results.singleTable)
        screen.line()
        screen.line("CPU of the server for each request:")
        screen.bars(
            results.single.map { ($0.stage.title, $0.cpuPerRequest, Format.time(microseconds: $0.cpuPerRequest ?? 0)) })
        screen.finding(results.singleFinding)
    }
}
