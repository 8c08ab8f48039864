// The report: one page with everything that was measured, drawn.

import LabKit

/// The page, made of what the tour found.
struct Report {
    let results: TourResults
    let options: TourOptions
    let machine: Machine
    /// Empty where the source is not at hand.
    let changes = ReportDiffs.html

    var plan: TourPlan { options.plan }
    var stages: [Stage] { options.stages }

    var html: String {
        ReportStyle.page(
            options.title,
            """
            \(introduction)
            \(options.experiments.map(section).joined())
            \(summary)
            \(systemCalls)
            \(changes)
            \(method)
            """)
    }

    private var introduction: String {
        let links = options.experiments.map { "<a href=\"#\($0.rawValue)\">\($0.number) \($0.guide.title)</a>" }
        let problems = results.problems.map { "<p class=\"problem\">\(HTML.escape($0))</p>" }
        return """
            <p>The same small key-value store behind \(options.count) of serving its clients. All that differs is how bytes
            come in and go out. Every figure below was measured at \(HTML.escape(machine.date)) on this machine:
            \(HTML.escape(machine.summary)).</p>
            <nav>\(links.joined(separator: " ")) <a href="#all">All stages</a>
            \(changes.isEmpty ? "" : "<a href=\"#changes\">What changes</a>")
            <a href="#method">How it was measured</a></nav>
            \(problems.joined())
            """
    }

    private var summary: String {
        let sentences = (stages + results.beyondServers).map { stage in
            "<div class=\"stage s\(stage.number)\"><p><strong>\(HTML.escape(stage.title))</strong> "
                + "\(HTML.escape(stage.inWords))</p></div>"
        }
        return """
            <h2 id="all">All stages</h2>
            <div class="stages">\(sentences.joined(separator: "\n"))</div>
            \(HTML.table(results.summary(stages)))
            \(HTML.notes(results.summaryNotes))
            """
    }

    private func section(_ experiment: Experiment) -> String {
        let guide = experiment.guide
        let choices = guide.choices.map { "<li>\(HTML.escape($0))</li>" }.joined()
        let readings = guide.readings.map { reading in
            "<li><code>\(HTML.escape(reading.file))</code> <code>\(HTML.escape(reading.name))</code>: "
                + "\(HTML.escape(reading.why))</li>"
        }
        return """
            <h2 id="\(experiment.rawValue)">\(experiment.number) \(HTML.escape(guide.title))</h2>
            <p class="question">\(HTML.escape(guide.question))</p>
            <details><summary>Guess first: \(HTML.escape(guide.guess))</summary>
            <ol>\(choices)</ol>
            <p>The answer: \(HTML.escape(guide.choices[guide.answer])) \(HTML.escape(guide.explanation))</p>
            </details>
            \(self[keyPath: guide.section])
            <h3>Read</h3>
            <ul>\(readings.joined(separator: "\n"))</ul>
            <p class="soft">Again: <code>\(HTML.escape(command(for: experiment)))</code></p>
            """
    }

    private func command(for experiment: Experiment) -> String {
        let level = plan.level == .normal ? "" : " --\(plan.level.rawValue)"
        let stages =
            self.stages.count == Stage.allCases.count
            ? "" : " --stage " + self.stages.map(\.key).joined(separator: ",")
        return "swift run -c release lab\(level)\(stages) --experiment \(experiment.rawValue)"
    }

    private var systemCalls: String {
        if results.systemCalls.isEmpty { return "" }
        var table = TextTable(["stage", "in flight", "calls for each request"])
        table.rows = results.systemCalls.map { [$0.stage.title, "\($0.pipeline)", $0.list] }
        return """
            <h2 id="calls">Every system call</h2>
            <p>One client, counted by strace in runs of their own.</p>
            \(HTML.table(table))
            """
    }

    private var method: String {
        let remarks = results.remarks.map { "<p>\(HTML.escape($0))</p>" }.joined()
        return """
            <h2 id="method">How it was measured</h2>
            <p>Each stage is its own program, started on a free port, and talked to over TCP on this machine. Clients and
            server share its processors. Every reply is compared with what it must be; a wrong one fails the run.</p>
            <p>Processor time, calls of <code>read</code> and <code>write</code>, context switches, threads and memory are
            the operating system's own counts (<code>/proc</code>); calls of <code>poll</code> and
            <code>epoll_wait</code> or <code>io_uring_enter</code> are the server's (<code>INFO</code>). Nothing is built into
            the servers for it.</p>
            <p>All loads are nine GET and one SET, on a thousand keys with values of 32 bytes. A figure is the median of
            \(plan.rounds) rounds, and of up to \(plan.mostRounds) where they are more than a tenth apart. In experiments 4 to
            6 the servers take turns, so that whatever else the machine does meets them all.</p>
            \(remarks)
            <p class="soft">The run took \(Format.number(results.duration, decimals: 0)) seconds, at level
            \(plan.level.rawValue).</p>
            """
    }
}
