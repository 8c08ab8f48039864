// Experiment 1 on the screen: a line for each client, drawn while it happens.

import LabKit
import Shared

extension Tour {
    func runWaiting() {
        for phase in Timeline.Phase.ofTour { screen.line("  \(phase.symbol)  \(phase.meaning)") }
        for stage in options.stages { runWaiting(stage) }
        printWaits()
    }

    private func runWaiting(_ stage: Stage) {
        screen.line()
        screen.line(stage.title, .stage(stage))
        withServer(stage) { server in
            let scene = try WaitingScene(server, plan)
            var drawn = 0
            scene.run {
                guard screen.terminal.isInteractive else { return }
                let lines = waitingLines(scene.clients.timelines)
                screen.redraw(lines, over: drawn)
                drawn = lines.count
            }
            let timelines = scene.clients.timelines
            screen.redraw(waitingLines(timelines), over: drawn)
            for problem in scene.clients.problems { report(stage, problem) }
            results.waiting.append(
                WaitingResult(stage: stage, thinkTime: plan.thinkTime, timelines: timelines))
        }
    }

    private func waitingLines(_ timelines: [Timeline]) -> [String] {
        let labelWidth = (WaitingRole.allCases.map(\.rawValue.count).max() ?? 0) + 2
        let width = max(20, screen.width - labelWidth - 10)
        let scale = plan.waitingScale(timelines)
        let label = { (text: String) in "  " + text.padded(to: labelWidth) }
        return timelines.map { label($0.client) + $0.line(scale: scale, width: width) }
            + [screen.terminal.styled(label("") + Timeline.axis(scale: scale, width: width), .dim)]
    }

    private func printWaits() {
        screen.line()
        screen.table(results.waitsTable)
        screen.finding(results.waitingFinding)
    }
}

extension Tour {
    /// An SVG file with the clients of every stage that was run, one stage below the other.
    var waitingPicture: String {
        let timelines = results.waiting.flatMap { result in
            [Timeline(client: result.stage.title, spans: [])] + result.timelines
        }
        let scale = timelines.map(\.end).max() ?? 0
        let plot = TimelinePlot(title: "Who waits for whom", timelines: timelines, scale: scale).svg
        // What an element in a page has from the page: its language, its colours and what is behind it.
        guard plot.hasPrefix("<svg "), let end = plot.firstIndex(of: ">") else { return plot }
        return "<svg xmlns=\"http://www.w3.org/2000/svg\" " + plot[..<end].dropFirst(5) + ">"
            + "<style>\(ReportStyle.css)</style>\n<rect width=\"100%\" height=\"100%\" fill=\"var(--paper)\"/>"
            + plot[end...].dropFirst()
    }
}
