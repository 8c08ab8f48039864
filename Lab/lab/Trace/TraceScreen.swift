// A recording on the terminal: each call a line, between the lines that tell what the clients do.

import LabKit

struct TraceScreen {
    private let terminal = Terminal()
    private var width: Int { min(terminal.width, 100) }

    func print(_ recording: TraceRecording) {
        line(terminal.styled(recording.scene.title, .heading))
        for line in Terminal.wrap(recording.scene.story, width: width) { self.line(line) }
        let note = "Recorded \(recording.date). Calls that are traced take longer than others."
        for line in Terminal.wrap(note, width: width) { self.line(terminal.styled(line, .dim)) }
        for stage in recording.stages { print(stage) }
        printCosts(recording)
    }

    /// A line of the picture, and when.
    private struct Entry {
        let time: Double
        let text: String
    }

    private func print(_ trace: StageTrace) {
        line()
        line(terminal.styled(trace.stage.title, .stage(trace.stage)))
        line(
            terminal.styled(
                columns("ms", "who", "call", "outcome", "took", "for"), .bold))
        let entries = callEntries(trace) + clientEntries(trace)
        for entry in entries.sorted(by: { $0.time < $1.time }) { line(entry.text) }
        for line in Terminal.wrap(trace.finding ?? "", width: width) { self.line(line) }
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
                let text = columns(time(call.start), thread, String(list.prefix(room)), "", "", "")
                entries.append(Entry(time: call.start, text: terminal.styled(text, .dim)))
                continue
            }
            let text = columns(
                time(call.start), thread, call.label, call.outcome, TracedCall.time(call.duration),
                call.served.filter { $0 != "listener" }.joined(separator: ", "))
            entries.append(
                Entry(time: call.start, text: call.hasWaited ? terminal.styled(text, .stage(trace.stage)) : text))
        }
        return entries
    }

    private func clientEntries(_ trace: StageTrace) -> [Entry] {
        trace.clients.flatMap { client in
            let marks = client.spans.map { ($0.start, $0.phase.meaning) } + [(client.end, "leaves")]
            return marks.map { moment, text in
                let line = columns(time(moment), client.name, text, "", "", "")
                return Entry(time: moment, text: terminal.styled(line, .bold))
            }
        }
    }

    // MARK: Columns

    /// What a line takes with all of them, and two letters in the last. Narrower, and for whom a call was is left out.
    private static let fullWidth = 74
    private static let callColumn = 20

    private func columns(
        _ time: String, _ who: String, _ call: String, _ outcome: String, _ took: String, _ client: String
    ) -> String {
        if terminal.width < Self.fullWidth {
            let start = flushRight(time, 7) + " " + flushLeft(who, 8) + " " + flushLeft(call, 22) + " "
            return TextTable.trimmed(start + flushLeft(outcome, 10) + " " + flushRight(took, 8))
        }
        let start = flushRight(time, 8) + "  " + flushLeft(who, 8) + "  " + flushLeft(call, 22) + " "
        return TextTable.trimmed(start + flushLeft(outcome, 17) + "  " + flushRight(took, 8) + "  " + client)
    }

    private func flushRight(_ text: String, _ width: Int) -> String {
        String(repeating: " ", count: max(0, width - text.count)) + text
    }

    private func flushLeft(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(0, width - text.count))
    }

    private func time(_ microseconds: Double) -> String { Format.number(microseconds / 1000, decimals: 3) }

    private func line(_ text: String = "") { Swift.print(text.plainSpaces) }

    // MARK: Counts

    private func printCosts(_ recording: TraceRecording) {
        line()
        let title = "Calls for requests, from when a client was accepted to its last reply"
        for line in Terminal.wrap(title, width: width) { self.line(terminal.styled(line, .heading)) }
        line(terminal.styled(costLine("stage", "client", "answered", "calls", "each", "which"), .bold))
        for trace in recording.stages {
            for cost in trace.costs {
                let each = cost.perRequest.map { Format.number($0, decimals: 2) } ?? "-"
                let start = costLine(
                    trace.stage.title, cost.client, "\(cost.answered) of \(cost.asked)", String(cost.sum), each, "")
                let indent = String(repeating: " ", count: Self.costIndent)
                let lists = Terminal.wrap(cost.list, width: width, indent: indent)
                for (number, list) in lists.enumerated() {
                    line(number == 0 ? start + list.dropFirst(start.count) : list)
                }
            }
            if trace.stage.isByCompletion {
                let count = trace.calls.count(where: \.isWait)
                line(costLine(trace.stage.title, "all", "", "\(count)", "", "io_uring_enter \(count)"))
            }
        }
    }

    private static let costIndent = 45

    private func costLine(
        _ stage: String, _ client: String, _ answered: String, _ calls: String, _ each: String, _ list: String
    ) -> String {
        flushLeft(stage, 14) + flushLeft(client, 6) + flushRight(answered, 9) + flushRight(calls, 7)
            + flushRight(each, 7) + "  " + list
    }
}
