// lab load: the load generator by itself, for any stage and for any server that speaks one of the two protocols.

@preconcurrency import Glibc
import LabKit
import Shared

private let options = CommandOptions(
    command: "lab load",
    summary: """
        Sends the same kind of request over many connections, and compares every reply with what it must be. \
        A wrong one ends the run with status 1.
        """,
    options: [
        .init("--stage", "N", "start this stage, and end it afterwards"),
        .init("--port", "PORT", "or use the server at this port"),
        .init("--host", "ADDRESS", "and this IPv4 address (127.0.0.1)"),
        .init("--protocol", "NAME", "of the server at that port: binary or resp (resp)"),
        .init("--command", "NAME", "ping, set, get, mixed (nine get, one set) or incr (get)"),
        .init("--connections", "N", "connections (50)"),
        .init("--pipeline", "N", "requests that a connection sends before it waits for replies (1)"),
        .init("--requests", "N", "requests in all (100000)"),
        .init("--seconds", "N", "or for how long"),
        .init("--key-count", "N", "keys to choose from (100000)"),
        .init("--no-fill", nil, "with get and mixed: the keys are there already, as an earlier run wrote them"),
        .init("--value-size", "BYTES", "bytes of a value (3)"),
        .init("--rate", "N", "requests that fall due per second, answered or not: an open loop"),
        .init("--patience", "SECONDS", "without any reply, after which the run ends with what it has (5)"),
    ])

func runLoad(_ arguments: [String]) throws {
    let values = try options.values(arguments)
    let target = try LoadTarget(values)
    var plan = LoadPlan(port: 1, wireProtocol: target.wireProtocol)
    try plan.read(values)
    // The first Ctrl-C ends the run, and its result is printed.
    Children.endOnSignal(interrupt: Load.interrupt)
    plan.onSilence = {
        fputs("No reply for \(Format.short(LoadPlan.silence)) seconds: \(target.silenceReason)\n", stderr)
    }
    let server = try target.start(connections: plan.connections)
    plan.port = server?.port ?? target.port
    let terminal = Terminal()
    var facts: [ProcessFacts] = []
    let isFilled = values.has("--no-fill") || ![.get, .mixed].contains(plan.command)
    if !isFilled {
        try fill(plan)
        let note =
            "Wrote \(Format.count(plan.keys.count)) keys first. The figures leave that out; the server's own statistics, and "
            + "strace, count it (--command ping needs no keys)."
        terminal.paragraph(note)
    }
    let result = try measure(plan, target) {
        if let server, let now = ProcessFacts(pid: server.pid) { facts.append(now) }
    }
    terminal.table(TextTable(heading(plan, target), rows(result, facts)))
    if result.clientShare > 0.9 {
        terminal.paragraph("The load generator was busy all the time: it may be what limited the run.")
    }
    if let delay = result.delay(at: plan.rate), let rate = plan.rate {
        terminal.paragraph(
            "The server did not keep up with \(Format.count(rate)) per second: the last reply came "
                + "\(Format.time(microseconds: delay * 1e6)) after its request was due. Latencies grow with the length of "
                + "such a run.")
    }
    server?.end()
    if result.wasInterrupted {
        print("Interrupted: this is what was measured until then.")
        exit(128 + SIGINT)
    }
    guard result.isComplete else {
        let reason = result.requests == 0 ? "; \(target.silenceReason)" : "; the latencies leave them out"
        throw LabError(
            "given up: \(result.unanswered) requests had no reply for \(Format.short(plan.patience)) seconds\(reason)")
    }
}

private func fill(_ plan: LoadPlan) throws {
    do throws(LoadError) {
        try Load.fill(plan)
    } catch {
        // A pattern at `catch` would be shorter; with it, Swift 6.3's optimizer crashes.
        guard error == .interrupted else { throw error }
        print("Interrupted while the keys were written: nothing was measured (--no-fill writes none).")
        exit(128 + SIGINT)
    }
}

private func measure(_ plan: LoadPlan, _ target: LoadTarget, observe: () -> Void) throws -> LoadResult {
    do throws(LoadError) {
        return try Load.run(plan, isPrepared: plan.command != .incr, observe: observe)
    } catch {
        guard case .wrongReply(1, _, _) = error, target.stage == nil else { throw error }
        throw LabError("\(error); does it speak this protocol? See --protocol and --no-fill")
    }
}

/// The server that the command line names.
struct LoadTarget {
    let stage: Stage?
    let port: Int
    let wireProtocol: WireProtocol

    init(_ values: CommandOptions.Values) throws {
        stage = try values.stages("--stage")?.first
        let port = try values.number("--port", in: 1...65535)
        guard (stage == nil) != (port == nil) else {
            throw LabError("give either --stage, which starts a server, or --port, where one is listening")
        }
        self.port = port ?? 0
        switch values.text("--protocol") {
        case nil: wireProtocol = stage?.wireProtocol ?? .resp2
        case _ where stage != nil: throw LabError("--protocol goes with --port; a stage has its own")
        case let name?: wireProtocol = try WireProtocol(option: name)
        }
    }

    /// Why a server may never have replied.
    var silenceReason: String {
        stage == nil ? "does it speak this protocol? See --protocol." : "it is busy with another client."
    }

    /// Starts the stage, where there is one to be started.
    func start(connections: Int) throws -> ServerProcess? {
        guard let stage else { return nil }
        return try ServerProcess(stage, ["--max-connections", "\(max(connections + 10, 10_000))"])
    }
}

extension LoadPlan {
    fileprivate mutating func read(_ values: CommandOptions.Values) throws {
        host = values.text("--host") ?? host
        command = try values.cases("--command", or: [LoadCommand.get])[0]
        connections = try values.number("--connections", in: 1...60_000) ?? connections
        pipeline = try values.number("--pipeline", in: 1...100_000) ?? pipeline
        keys = 0..<(try values.number("--key-count", in: 1...100_000_000) ?? 100_000)
        valueSize = try values.number("--value-size", in: 0...256 << 20) ?? valueSize
        rate = try values.number("--rate", in: 1...10_000_000)
        patience = Double(try values.number("--patience", in: 1...3600) ?? 5)
        let seconds = try values.number("--seconds", in: 1...3600)
        let requests = try values.number("--requests", in: 1...1_000_000_000_000)
        if seconds != nil && requests != nil { throw LabError("one of --requests and --seconds, not both") }
        if let seconds { limit = .seconds(Double(seconds)) }
        if let requests { limit = .requests(requests) }
        deadline = 3600
    }
}

private func heading(_ plan: LoadPlan, _ target: LoadTarget) -> [String] {
    let loop = plan.rate.map { "\(Format.count($0)) due per second" } ?? "closed loop"
    let load =
        "\(plan.command.rawValue.uppercased()), \(plan.connections) connections, pipeline \(plan.pipeline), \(loop)"
    return [load, target.stage?.name ?? "port \(target.port)"]
}

private func rows(_ result: LoadResult, _ facts: [ProcessFacts]) -> [[String]] {
    func time(_ nanoseconds: Int) -> String { Format.time(microseconds: Double(nanoseconds) / 1000) }
    var rows = [
        ["requests answered", Format.count(result.requests)],
        ["connections served", "\(result.servedConnections) of \(result.connections)"],
        ["elapsed", Format.time(microseconds: result.elapsed * 1e6)],
        ["requests per second", Format.count(Int(result.requestsPerSecond))],
        ["latency p50", time(result.latency.quantile(0.5))],
        ["latency p99", time(result.latency.quantile(0.99))],
        ["latency p99.9", time(result.latency.quantile(0.999))],
        ["latency max", time(result.latency.maximum)],
        ["client CPU", Format.number(result.clientShare * 100, decimals: 0) + " %"],
    ]
    if facts.count == 2, result.requests > 0 {
        let time = Double(facts[1].cpuTime - facts[0].cpuTime) / Double(result.requests)
        rows.append(["server CPU per request", Format.time(microseconds: time)])
    }
    return rows
}
