// One server on the page of a trace: its lanes, and each call in words.

import LabKit

extension TraceReport {
    private func place(_ start: Double, _ end: Double) -> String {
        let percent = { (time: Double) in Format.number(time / scale * 100, decimals: 3) }
        return "style=\"left:\(percent(start))%;width:\(percent(end - start))%\""
    }

    /// The marks of time, for all lanes below each other.
    var axis: String {
        let step = Ticks.step(for: scale, atMost: 6)
        // At the right end a text has room only to the left of its mark.
        let marks = stride(from: 0, through: scale, by: step).map { time in
            "<span \(time > 0.8 * scale ? "class=\"last\" " : "")\(place(time, time))>\(time == 0 ? "0" : Format.tick(time / 1000) + " ms")</span>"
        }
        return "<div class=\"lane axis\" aria-hidden=\"true\"><b></b>"
            + "<div class=\"track\">\(marks.joined())</div></div>\n"
    }

    func section(_ index: Int, _ trace: StageTrace) -> String {
        let clients = trace.clients.map(lane)
        let threads = trace.threads.map { lane($0, trace) }
        let items = trace.calls.map { "<li>\(item($0, trace))</li>" }
        return """
            <section class="trace" id="trace-\(index + 1)" data-key="\(HTML.escape(trace.stage.key))">
            <h2><span class="stage s\(trace.stage.number)">\(HTML.escape(trace.stage.title))</span></h2>
            <div class="lanes">
            \(clients.joined())\(threads.joined())
            </div>
            \(trace.finding.map { "<p class=\"finding\">\(HTML.escape($0))</p>" } ?? "")
            <details><summary>All \(trace.calls.count) calls in words</summary>
            <ol class="calls">
            \(items.joined(separator: "\n"))
            </ol></details>
            </section>

            """
    }

    private func lane(_ client: TraceClient) -> String {
        let spans = client.spans.map { span in
            let title = "\(client.name) \(span.phase.meaning): \(TracedCall.time(span.end - span.start))"
            return "<i class=\"span \(span.phase.rawValue)\" \(place(span.start, span.end)) "
                + "title=\"\(HTML.escape(title))\"><span>\(HTML.escape(span.phase.short))</span></i>"
        }
        return "<div class=\"lane\"><b>\(client.name)</b><div class=\"track\">\(spans.joined())</div></div>\n"
    }

    private func lane(_ thread: Int, _ trace: StageTrace) -> String {
        let calls = trace.calls.enumerated().filter { $1.thread == thread }.map { index, call in
            let title = "\(call.label) \(call.outcome), \(TracedCall.time(call.duration))"
            return "<i class=\"call \(call.kind)\" data-call=\"\(index)\" \(place(call.start, call.end)) "
                + "title=\"\(HTML.escape(title))\"><span>\(HTML.escape(call.label))</span></i>"
        }
        let name = StageTrace.name(ofThread: thread)
        return "<div class=\"lane thread\"><b>\(name)</b><div class=\"track\">\(calls.joined())</div></div>\n"
    }

    // MARK: One call

    private func item(_ call: TracedCall, _ trace: StageTrace) -> String {
        let facts = [
            StageTrace.name(ofThread: call.thread), "at " + Format.number(call.start / 1000, decimals: 3) + " ms",
            "took " + TracedCall.time(call.duration),
        ]
        let place = TracePlaces.place(of: call.name, in: trace.stage).map { place in
            "<p>Made by <code>\(HTML.escape(place.name))</code> in <code>\(HTML.escape(place.file))</code>.</p>"
        }
        let outcome = call.outcome.isEmpty ? "" : " → " + call.outcome
        return """
            <p class="head"><strong>\(HTML.escape(call.label + outcome))</strong> <span class="soft">\
            \(HTML.escape(facts.joined(separator: ", ")))</span></p>
            <p>\(HTML.escape(call.sentence))</p>
            \(place ?? "<p>Made by the C library.</p>")
            <p class="kernel">\(HTML.escape(trace.buffers(at: call.end)))</p>
            <p><code class="strace">\(HTML.escape(call.straceLine))</code></p>
            """
    }
}

extension TracedCall {
    /// How it is coloured.
    fileprivate var kind: String {
        if hasWaited { return isRead || isWrite ? "blocked" : "sleeps" }
        if isRead || isWrite { return "moves" }
        return "other"
    }

    fileprivate var straceLine: String { "\(name)(\(arguments))" + (result.map { " = \($0)" } ?? "") }
}
