// The end of the tour on the screen.

import LabKit

extension Tour {
    func printSummary() {
        screen.heading("All stages")
        let table = results.summary(options.stages)
        if !table.rows.isEmpty { screen.table(table) }
        if results.throughput.contains(where: { !$0.isServed }) {
            screen.line("1 of \(TourPlan.loadConnections): so many clients were served; the others waited.")
        }
        screen.line()
        for stage in options.stages {
            screen.line(screen.terminal.styled(stage.title, .stage(stage.rawValue)))
            screen.paragraph(results.sentence(stage), indent: "  ")
        }
        screen.line()
    }
}
