// The tour: the five stages under the same work. This file is its frame; each experiment has its own.

@preconcurrency import Glibc
import LabKit
import Shared

func runTour(_ arguments: [String]) throws {
    let options = try TourOptions(arguments)
    Children.endOnSignal {
        // Below a line of progress, not in it.
        if isatty(STDOUT_FILENO) == 1 { print() }
    }
    DescriptorLimit.raise()
    let tour = Tour(options)
    tour.run()
    try tour.finish()
}

final class Tour {
    let options: TourOptions
    let screen: TourScreen
    let machine = Machine()
    private let stopwatch = Stopwatch()
    private let busyTime = Machine.busyTime
    var results = TourResults()

    var plan: TourPlan { options.plan }

    init(_ options: TourOptions) {
        self.options = options
        screen = TourScreen(asksQuestions: options.asksQuestions)
    }

    func run() {
        screen.line(options.title, .bold)
        screen.paragraph(
            "The same small key-value store behind \(options.count) of serving its clients: "
                + options.stages.map(\.title).joined(separator: ", ")
                + ". All that differs is how bytes come in and go out.")
        noteBusyMachine()
        for experiment in options.experiments { run(experiment) }
        if options.countsSystemCalls { countSystemCalls() }
        results.duration = stopwatch.seconds
        noteOtherWork()
        printSummary()
    }

    private func run(_ experiment: Experiment) {
        let guide = experiment.guide
        screen.heading("\(experiment.number)  \(guide.title)")
        screen.paragraph(guide.question)
        let isAnswered = Set(options.stages).isSuperset(of: guide.stages)
        let guess = isAnswered ? screen.ask(guide) : nil
        screen.line()
        guide.run(self)()
        screen.resolve(guide, guess: guess)
        screen.line()
        screen.line("Read:", .dim)
        for reading in guide.readings {
            screen.paragraph("\(reading.file), \(reading.name): \(reading.why)", indent: "  ")
        }
    }

    /// Writes what was asked for, and fails if a reply was wrong.
    func finish() throws {
        if let path = options.reportPath {
            try OutputFile.write(Report(results: results, options: options, machine: machine).html, to: path)
            screen.line("The same with plots, for a browser: \(path)")
        } else {
            screen.line("The same with plots, for a browser: lab --report FILE.html")
        }
        if let path = options.jsonPath {
            let record = TourRecord(level: plan.level, machine: machine, stages: options.stages, results: results)
            try OutputFile.write(try Record.text(record), to: path)
            screen.line("Every figure: \(path)")
        }
        if let path = options.svgPath {
            try OutputFile.write(waitingPicture, to: path)
            screen.line("The picture: \(path)")
        }
        screen.line("\(Format.number(results.duration, decimals: 0)) seconds.")
        guard results.problems.isEmpty else {
            throw LabError("\(results.problems.count) failures; see above")
        }
    }

    /// Says at the top how busy the machine is: half a second tells.
    private func noteBusyMachine() {
        let (before, time) = (Machine.busyTime, 0.5)
        usleep(useconds_t(time * 1e6))
        let share = min(1, (Machine.busyTime - before) / (time * Double(machine.processors)))
        screen.paragraph(
            "Before this run, other programs kept the \(machine.processors) processors busy for "
                + "\(Format.number(share * 100, decimals: 0)) % of the time. Every time below was measured in several rounds; "
                + "where the rounds of two servers overlap, it says that no difference was measured.")
        screen.line()
    }

    /// Says so when the machine had much else to do: times are then not to be trusted, while counts are.
    private func noteOtherWork() {
        let others = Machine.busyTime - busyTime - Machine.ownTime
        let share = min(1, others / (results.duration * Double(machine.processors)))
        // The system counts in hundredths of a second: a short run tells nothing.
        guard share > 0.15 && results.duration > 2 else { return }
        results.remarks.append(
            "Other programs kept the processors busy for \(Format.number(share * 100, decimals: 0)) % of the time: take the "
                + "times with care. Calls, threads and memory are what they are.")
    }

    // MARK: For the experiments

    /// Starts a stage, and does something with it. What goes wrong fails the run, and does not end it.
    func withServer(_ stage: Stage, _ arguments: [String] = [], _ body: (ServerProcess) throws -> Void) {
        attempt(stage) {
            let server = try ServerProcess(stage, arguments)
            try body(server)
            end(server, stage)
        }
    }

    /// Starts some servers, and puts the same loads on each in every round: whatever else the machine does meets them all.
    /// One that fails takes no further turn. There are more rounds than planned while the figures are not steady.
    func takeTurns(
        _ stages: [Stage], _ loads: [(pipeline: Int, rate: Int?)], connections: Int = TourPlan.loadConnections,
        seconds: Double, into path: WritableKeyPath<TourResults, [LoadMeasurement]>
    ) {
        var servers: [Stage: ServerProcess] = [:]
        for stage in stages {
            attempt(stage) {
                let server = try ServerProcess(stage)
                try fill(server)
                servers[stage] = server
            }
        }
        for round in 1...plan.mostRounds
        where round <= plan.rounds || !results[keyPath: path].allSatisfy(\.isSteady) {
            // That stage 1 does not serve many clients need not be seen twice.
            for stage in stages where round == 1 || connections == 1 || stage.isConcurrent {
                guard let server = servers[stage] else { continue }
                screen.progress("round \(round): \(stage.title)")
                let isDone = attempt(stage) {
                    for (pipeline, rate) in loads {
                        results[keyPath: path].add(
                            try measure(
                                stage, server, connections: connections, pipeline: pipeline, seconds: seconds,
                                rate: rate)
                        )
                    }
                }
                if !isDone { servers[stage] = nil }
            }
        }
        for (stage, server) in servers { end(server, stage) }
        screen.clearProgress()
    }

    /// - Returns: false when it has failed, which the run then has.
    @discardableResult
    private func attempt(_ stage: Stage, _ body: () throws -> Void) -> Bool {
        do {
            try body()
            return true
        } catch {
            report(stage, "\(error)")
            return false
        }
    }

    private func end(_ server: ServerProcess, _ stage: Stage) {
        if server.end() != .exited(0) {
            report(stage, "the server did not end as it should; it printed: \(server.output)")
        }
    }

    /// Says what could not be measured here, now and at the end.
    func note(_ remark: String) {
        results.remarks.append(remark)
        screen.paragraph(remark)
    }

    func report(_ stage: Stage, _ problem: String) {
        // Ctrl-C in a terminal reaches the servers as well. Then the thread that waits for it is about to end the lab, and
        // that a server has gone is no failure.
        usleep(100_000)
        let problem = "\(stage.name): \(problem)"
        results.problems.append(problem)
        screen.line("FAILED", .bad)
        screen.paragraph(problem, indent: "  ")
    }
}
