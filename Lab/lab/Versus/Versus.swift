// lab versus: stages and redis-server under the same load, one after the other in every round.

@preconcurrency import Glibc
import LabKit
import Shared

private let options = CommandOptions(
    command: "lab versus",
    summary: """
        Measures stages against redis-server: requests per second, server CPU per request, memory, and their ratios. \
        Without a choice of what to measure, throughput.
        """,
    options: [
        .init("--stages", "N,...", "the stages (5)"),
        .init("--rounds", "N", "rounds in which every server has its turn (3)"),
        .init("--without-redis", nil, "compare with the peer, or with the first stage, instead"),
        .init("--peer", "NAME=CMD", "another server that speaks RESP: --peer NAME='CMD --port {port}'"),
        .init(
            "--baseline", nil, "compare each stage with a plain C program that makes the same calls, and has no store"),
        .init("--throughput", nil, "measure throughput, also where something else is chosen"),
        .init("--commands", "NAME,...", "for throughput: ping, set, get, mixed, incr (ping,set,get)"),
        .init("--pipelines", "N,...", "for throughput: requests in flight on a connection (1,16,100)"),
        .init("--connections", "N", "for throughput (50)"),
        .init("--key-count", "N", "for throughput (100000)"),
        .init("--value-size", "BYTES", "for throughput (3)"),
        .init("--milliseconds", "N", "for throughput: how long each run takes (1000)"),
        .init("--idle", nil, "measure what 10,000 idle connections cost"),
        .init("--memory", nil, "measure the memory of a million keys, and the longest reply while they are written"),
        .init("--large", nil, "measure values from 1 KB to 10 MB"),
        .init("--expiry", nil, "measure other clients while a million keys expire"),
        .init("--start", nil, "measure the time to the ready line, and the size of the program"),
        .init("--scale", nil, "measure what GET and SET cost as keys, connections and values grow"),
        .init("--most-keys", "N", "for scale: up to how many keys (1000000)"),
        .init("--all", nil, "measure everything"),
        .init("--report", "FILE.html", "write the plots of --scale to this file"),
        .init("--json", "FILE", "write every figure to this file"),
    ])

/// Gives every subject a turn in each round, so that what changes on the machine meanwhile meets all of them.
///
/// - Returns: by subject, then by round.
func inTurn<Subject, Run>(
    _ subjects: [Subject], rounds: Int, _ body: (Subject) throws -> Run
) rethrows -> [[Run]] {
    let runs = try (0..<rounds).map { _ in try subjects.map(body) }
    return subjects.indices.map { index in runs.map { $0[index] } }
}

/// What all measurements have in common.
struct VersusSetting {
    /// The first is the one that ratios are to.
    let contenders: [Contender]
    let rounds: Int
    let cores: Affinity

    /// Gives every contender a turn in each round.
    ///
    /// - Parameter body: measures it, and returns a figure for each of the names; none where it cannot be measured.
    func measure(
        _ names: [String], rounds: Int? = nil, _ body: (Contender) throws -> [Double]
    ) throws -> [VersusReport.Figure] {
        let runs = try inTurn(contenders, rounds: rounds ?? self.rounds, body)
        return names.indices.map { index in
            .init(names[index], runs.map { $0.filter { !$0.isEmpty }.map { $0[index] } })
        }
    }

    func report(
        _ name: String, _ title: String, _ figures: [VersusReport.Figure], notes: [String] = []
    ) -> VersusReport {
        VersusReport(
            name: name, title: title, contenders: contenders.map(\.description), figures: figures, notes: notes)
    }
}

func runVersus(_ arguments: [String]) throws {
    let values = try options.values(arguments)
    let stages = try values.stages("--stages") ?? [.pipelining]
    var throughput = try Throughput(values)
    let hasRedis = !values.has("--without-redis")
    let peers = try values.text("--peer").map { [try Peer(option: $0)] } ?? []
    let mostKeys = try values.number("--most-keys", in: 1000...100_000_000) ?? 1_000_000
    if hasRedis && Programs.path(of: "redis-server") == nil {
        throw LabError(
            "redis-server is not on PATH (Debian: apt-get install redis-server); "
                + "--without-redis compares the stages alone")
    }
    let isOneAtATime = stages.contains { !$0.isConcurrent }
    if isOneAtATime, let name = ["--idle", "--expiry", "--large", "--scale", "--all"].first(where: values.has) {
        throw LabError("\(name) takes several connections, and stage 1 serves one at a time")
    }
    if values.has("--baseline") && values.has("--value-size") {
        throw LabError("--baseline has values of its own: its programs reply what is always the same")
    }
    Children.endOnSignal()
    // First what the stages are held against.
    let fields = (hasRedis ? [Contender.redis] : []) + peers.map { .peer($0) } + stages.map { .stage($0) }
    var reports: [VersusReport] = []
    let cores = Affinity.pinned()
    print("\(cores.description); \(throughput.rounds == 1 ? "one round" : "medians of \(throughput.rounds) rounds")")
    warnOfOthers()
    print()
    func run(_ measure: Measurement, _ contenders: [Contender]) throws {
        let report = try measure(VersusSetting(contenders: contenders, rounds: throughput.rounds, cores: cores))
        show(report)
        reports.append(report)
    }
    if values.has("--baseline") {
        throughput.fixedValue = Baseline.value
        let executable = try Baseline.build()
        for stage in stages {
            let others = fields.filter { field in !stages.contains { field == .stage($0) } }
            try run(
                { try measureThroughput(throughput, $0) },
                [.baseline(stage, executable: executable)] + others + [.stage(stage)])
        }
    } else {
        let all = measurements(throughput, mostKeys)
        let chosen = all.filter { values.has("--\($0.0)") || values.has("--all") }
        for (_, measure) in chosen.isEmpty ? [all[0]] : chosen { try run(measure, fields) }
    }
    if let path = values.text("--json") {
        let record = VersusRecord(
            rounds: throughput.rounds, machine: Machine(), cores: cores.description, measurements: reports)
        try OutputFile.write(try Record.text(record), to: path)
    }
    if let path = values.text("--report") { try OutputFile.write(VersusPage(reports: reports).html, to: path) }
}

/// Latencies and requests per second suffer from whatever else runs; CPU per request does so less.
private func warnOfOthers() {
    guard let text = ProcessFacts.text("/proc/loadavg"), let load = Double(text.split(separator: " ").first ?? ""),
        load > 1
    else { return }
    print("Something else keeps this machine busy (load average \(Format.short(load))): trust only CPU per request.")
}

private typealias Measurement = (VersusSetting) throws -> VersusReport

/// By their options; the first is what is measured where none is given.
private func measurements(_ throughput: Throughput, _ mostKeys: Int) -> [(String, Measurement)] {
    [
        ("throughput", { try measureThroughput(throughput, $0) }), ("idle", measureIdle), ("memory", measureMemory),
        ("large", measureLarge), ("expiry", measureExpiry), ("start", measureStart),
        ("scale", { try measureScale($0, mostKeys: mostKeys) }),
    ]
}

private func show(_ report: VersusReport) {
    let terminal = Terminal()
    terminal.paragraph(report.title)
    terminal.table(report.table)
    for note in report.notes { terminal.paragraph(note) }
    print()
}

extension Throughput {
    fileprivate init(_ values: CommandOptions.Values) throws {
        self.init()
        rounds = try values.number("--rounds", in: 1...1000) ?? rounds
        commands = try values.cases("--commands", or: commands)
        pipelines = try values.numbers("--pipelines", in: 1...10_000) ?? pipelines
        connections = try values.number("--connections", in: 1...10_000) ?? connections
        keys = 0..<(try values.number("--key-count", in: 1...100_000_000) ?? keys.count)
        valueSize = try values.number("--value-size", in: 0...1 << 20) ?? valueSize
        if let time = try values.number("--milliseconds", in: 10...600_000) { seconds = Double(time) / 1000 }
    }
}
