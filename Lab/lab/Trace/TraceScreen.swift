// A recording on the terminal: each call a line, between the lines that tell what the clients do.

import LabKit

struct TraceScreen {
    private let terminal = Terminal()

    func print(_ recording: TraceRecording) {
        terminal.line(recording.scene.title, .heading)
        terminal.paragraph(recording.scene.story)
        terminal.paragraph("Recorded \(recording.date). Calls that are traced take longer than others.", .dim)
        for stage in recording.stages { print(stage) }
        printCosts(recording)
    }

    /// A line of the picture, and when.
    private typealias Entry = (time: Double, text: String, style: Terminal.Style?)

    private func print(_ trace: StageTrace) {
        terminal.line()
        terminal.line(trace.stage.title, .stage(trace.stage))
        terminal.line(columns("ms", "who", "call", "outcome", "took", "for"), .bold)
        let entries = callEntries(trace) + clientEntries(trace)
        for entry in entries.sorted(by: { $0.time < $1.time }) { terminal.line(entry.text, entry.style) }
        terminal.paragraph(trace.finding ?? "")
    }

    private func callEntries(_ trace: StageTrace) -> [Entry] {
        var entries: [Entry] = []
        var rest = trace.calls[...]
        while let call = rest.popFirst() {
            let thread = StageTrace.name(ofThread: call.thread)
            if call.isHousekeeping {
                // Some dozen of them may come one after the other.
                var names = [call.name]
                while let next = rest.first, next.isHousekeeping, next.thread == call.thread {
                    names.append(next.name)
                    rest.removeFirst()
                }
                let kinds = names.reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
                let count = names.count == kinds.count ? "" : " (\(names.count) calls)"
                let list = kinds.joined(separator: ", ") + count
                let room = max(20, terminal.width - Self.callColumn)
                let text = columns(time(call.start), thread, String(list.prefix(room)))
                entries.append((call.start, text, .dim))
                continue
            }
            let text = columns(
                time(call.start), thread, call.label, call.outcome, TracedCall.time(call.duration),
                call.served.filter { $0 != "listener" }.joined(separator: ", "))
            entries.append((call.start, text, call.hasWaited ? .stage(trace.stage) : nil))
        }
        return entries
    }

    private func clientEntries(_ trace: StageTrace) -> [Entry] {
        trace.clients.flatMap { client in
            let marks = client.spans.map { ($0.start, $0.phase.meaning) } + [(client.end, "leaves")]
            return marks.map { moment, text -> Entry in (moment, columns(time(moment), client.name, text), .bold) }
        }
    }

    // MARK: Columns

    /// What a line takes with all of them, and two letters in the last. Narrower, and for whom a call was is left out.
    private static let fullWidth = 74
    private static let callColumn = 20

    private func columns(
        _ time: String, _ who: String, _ call: String, _ outcome: String = "", _ took: String = "",
        _ client: String = ""
    ) -> String {
        let who = who.padded(to: 8)
        let (call, took) = (call.padded(to: 22), took.aligned(to: 8))
        let text =
            terminal.width < Self.fullWidth
            ? "\(time.aligned(to: 7)) \(who) \(call) \(outcome.padded(to: 10)) \(took)"
            : "\(time.aligned(to: 8))  \(who)  \(call) \(outcome.padded(to: 17))  \(took)  \(client)"
        return TextTable.trimmed(text)
    }

    private func time(_ microseconds: Double) -> String { Format.number(microseconds / 1000, decimals: 3) }

    // MARK: Counts

    private func printCosts(_ recording: TraceRecording) {
        terminal.line()
        terminal.paragraph("Calls for requests, from when a client was accepted to its last reply", .heading)
        let columns = { (cells: [String]) in
            cells[0].padded(to: 14) + cells[1].padded(to: 6) + cells[2].aligned(to: 9) + cells[3].aligned(to: 7)
                + cells[4].aligned(to: 7)
        }
        let table = recording.costs
        terminal.line(columns(table.headings) + "  " + table.headings[5], .bold)
        for row in table.rows {
            for line in Terminal.wrap(columns(row), row[5], column: 45, width: terminal.textWidth) {
                terminal.line(line)
            }
        }
    }
}
