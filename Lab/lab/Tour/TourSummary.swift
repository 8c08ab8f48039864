// The end of the tour on the screen.

import LabKit

extension Tour {
    func printSummary() {
        screen.heading("All stages")
        let table = results.summary(options.stages)
        if !table.rows.isEmpty { screen.table(table) }
        for text in results.summaryNotes { screen.paragraph(text) }
        screen.line()
        for stage in options.stages + results.beyondServers {
            screen.line(screen.terminal.styled(stage.title, .stage(stage)))
            screen.paragraph(results.sentence(stage), indent: "  ")
        }
        for remark in results.remarks { screen.paragraph(remark) }
        screen.line()
    }
}
