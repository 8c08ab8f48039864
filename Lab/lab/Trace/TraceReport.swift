// A recording as a page: the stages below each other on one time axis, a lane for each client and each thread.
//
// All of it is in the page's own text, each call with its sentence, so that it can be read without a script. The script
// (TraceReportScript) only shows one call after the other.

import LabKit

struct TraceReport {
    let recording: TraceRecording
    /// What the whole width of a lane stands for, in microseconds.
    var scale: Double { max(recording.duration, 1) }

    var html: String {
        ReportStyle.page(
            "Every call: \(recording.scene.title)", css: TraceReportStyle.css, script: TraceReportScript.text,
            """
            <p class="question">\(HTML.escape(recording.scene.story))</p>
            <p>Each server answers with the system calls below: all of them, of every thread, as strace has recorded them.
            Step through with the arrow keys <kbd>←</kbd> <kbd>→</kbd> or the buttons, choose a server with its number or
            its button, or tap a lane.</p>
            \(legend)
            \(axis)
            \(recording.stages.enumerated().map(section).joined())
            \(axis)
            \(panel)
            <h2>Calls for requests</h2>
            \(HTML.table(recording.costs))
            <p class="soft">From when a client was accepted until its last reply was written. Accepting it, taking it into
            and out of the interest list, and closing are not counted.</p>
            <h2>How it was recorded</h2>
            <p>At \(HTML.escape(recording.date)), on \(HTML.escape(recording.machine)); of three runs of each server the
            shortest is shown. Calls that are traced take longer than others, so the lengths of short ones say little; their
            order and number say all. Clients and server share the machine's processors.</p>
            """)
    }

    private var legend: String {
        let phases = Timeline.Phase.allCases.filter { phase in
            recording.stages.contains { $0.clients.contains { $0.spans.contains { $0.phase == phase } } }
        }
        let entries =
            phases.map { ("span \($0.rawValue)", "client: " + $0.meaning) }
            + [
                ("call blocked", "call: sleeps for one client"), ("call sleeps", "call: sleeps until anybody is ready"),
                ("call moves", "call: moves bytes"), ("call other", "call: anything else"),
            ]
        let items = entries.map { "<span><i class=\"\($0)\"></i>\(HTML.escape($1))</span>" }
        return "<div class=\"legend\">\(items.joined(separator: "\n"))</div>"
    }

    private var panel: String {
        let buttons = recording.stages.map { trace in
            "<button type=\"button\" class=\"choose\" aria-label=\"\(HTML.escape(trace.stage.title))\">"
                + "\(HTML.escape(trace.stage.key))</button>"
        }
        return """
            <div id="panel" data-duration="\(scale / 1000)" hidden>
            <div class="controls">
            <button type="button" id="previous">◀ <span>Previous</span></button>
            <span id="position"></span>
            <button type="button" id="next"><span>Next</span> ▶</button>
            </div>
            <div class="controls servers">\(buttons.joined())</div>
            <div class="lane thread" aria-hidden="true"><b>1 ms</b>
            <div class="track"><div id="closeup"></div></div></div>
            <div id="current" aria-live="polite"></div>
            </div>
            """
    }
}
