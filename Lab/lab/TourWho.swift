// Experiment 1 on the screen: a line for each client, drawn while it happens.

import LabKit
import Shared

extension Tour {
    func runWaiting() {
        for phase in Timeline.Phase.allCases { screen.line("  \(phase.symbol)  \(phase.meaning)") }
        for stage in options.stages { runWaiting(stage) }
        printWaits()
    }

    private func runWaiting(_ stage: Stage) {
        screen.line()
        screen.line(screen.terminal.styled(stage.title, .stage(stage.rawValue)))
        withServer(stage) { server in
            let scene = WaitingScene(port: server.port, encoding: stage.encoding, plan: plan)
            try scene.prepare()
            var drawn = 0
            scene.run {
                guard screen.terminal.isInteractive else { return }
                let lines = waitingLines(scene.recorder.timelines)
                screen.redraw(lines, over: drawn)
                drawn = lines.count
            }
            let timelines = scene.recorder.timelines
            screen.redraw(waitingLines(timelines), over: drawn)
            for problem in scene.recorder.problems { report(stage, problem) }
            results.waiting.append(
                WaitingResult(stage: stage, thinkTime: plan.thinkTime, timelines: timelines))
        }
    }

    private func waitingLines(_ timelines: [Timeline]) -> [String] {
        let labelWidth = (WaitingRole.allCases.map(\.title.count).max() ?? 0) + 2
        let width = max(20, screen.width - labelWidth - 10)
        let expected = plan.thinkTime + plan.readTime + 4 * plan.stayTime
        let scale = max(expected, timelines.map(\.end).max() ?? 0)
        let label = { (text: String) in "  " + text + String(repeating: " ", count: labelWidth - text.count) }
        return timelines.map { label($0.client) + $0.line(scale: scale, width: width) }
            + [screen.terminal.styled(label("") + Timeline.axis(scale: scale, width: width), .dim)]
    }

    private func printWaits() {
        screen.line()
        var table = TextTable(["waits for its reply"] + WaitingRole.allCases.map { String($0.title.prefix(1)) })
        for result in results.waiting {
            let waits = result.timelines.map { $0.waitingTime.map { Format.time(microseconds: $0) } ?? "-" }
            table.rows.append([result.stage.title] + waits)
        }
        screen.table(table)
        guard let first = results.waiting.first(where: { $0.stage == .sync }), let wait = first.secondClientWait
        else { return }
        let others = results.waiting.filter { $0.stage != .sync }.compactMap(\.secondClientWait)
        var text =
            "In stage 1 B was connected after \(Format.time(microseconds: first.timelines[1].connectTime ?? 0)) and "
            + "answered after \(Format.time(microseconds: wait)): when A had left."
        if let longest = others.max() {
            text += " Elsewhere it waited \(Format.time(microseconds: longest)) at most, whatever A and C did."
        }
        screen.line()
        screen.paragraph(text)
    }
}
