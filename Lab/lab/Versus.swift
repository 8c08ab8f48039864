// lab versus: stages and redis-server under the same load, one after the other in every round.

@preconcurrency import Glibc
import LabKit
import Shared

private let options = CommandOptions(
    "lab versus",
    """
    Measures stages against redis-server: requests per second, server CPU per request, memory, and their ratios.
    Without a choice of what to measure, throughput.
    """,
    [
        .init("--stages", "N,...", "the stages (5)"),
        .init("--rounds", "N", "rounds in which every server has its turn (3)"),
        .init("--without-redis", nil, "compare the stages with the first of them instead"),
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
        .init("--all", nil, "measure everything"),
        .init("--json", "FILE", "write every figure to this file"),
    ])

/// What a measurement prints and writes.
struct VersusReport {
    let name: String
    let title: String
    let table: TextTable
    var notes: [String] = []
    let json: JSON
    /// The contender that ratios are to.
    var reference = ""
}

/// What all measurements have in common.
struct VersusSetting {
    let contenders: [Contender]
    /// The one that ratios are to.
    let reference: Int
    let rounds: Int
    let cores: Cores

    /// The headings of a table: one column for each contender, and one for its ratio.
    func headings(_ first: String) -> [String] {
        [first] + contenders.map(\.description)
            + contenders.indices.filter { $0 != reference }.map { "\(contenders[$0]) ratio" }
    }

    /// A row of figures by contender and round.
    func row(_ label: String, _ figures: [[Double]], _ text: (Double) -> String = Format.short) -> [String] {
        [label] + figures.map { Spread($0).text(text) }
            + figures.indices.filter { $0 != reference }.map {
                Spread.ratio(figures[$0], to: figures[reference]).text
            }
    }

    func json(_ figures: [[Double]]) -> JSON {
        .members(
            figures.indices.map { index -> (String, JSON) in
                let ratio = Spread.ratio(figures[index], to: figures[reference])
                let members: JSON = ["value": Spread(figures[index]).json, "ratio": ratio.json]
                return (contenders[index].description, members)
            })
    }
}

func runVersus(_ arguments: [String]) throws {
    guard let values = try options.parse(arguments) else { return print(options.usage) }
    let stages = try values.stages("--stages") ?? [.pipelining]
    var throughput = try Throughput(values)
    let hasRedis = !values.has("--without-redis")
    if hasRedis && Contender.pathOfRedis == nil {
        throw UsageError(
            "redis-server is not on PATH (Debian: apt-get install redis-server); "
                + "--without-redis compares the stages alone")
    }
    let isOneAtATime = stages.contains { !$0.isConcurrent }
    if isOneAtATime, let name = ["--idle", "--expiry", "--large", "--all"].first(where: values.has) {
        throw UsageError("\(name) takes several connections, and stage 1 serves one at a time")
    }
    if values.has("--baseline") && values.has("--value-size") {
        throw UsageError("--baseline has values of its own: its programs reply what is always the same")
    }
    Children.endOnSignal()
    let others: [Contender] = hasRedis ? [.redis] : []
    let fields: [Contender] = stages.map { .stage($0) } + others
    var reports: [VersusReport] = []
    let cores = Cores.pinned()
    print("\(cores.description); medians of rounds: \(throughput.rounds), least and greatest in parentheses")
    warnOfOthers()
    print()
    func run(_ measure: Measurement, _ contenders: [Contender], reference: Int) throws {
        let setting = VersusSetting(
            contenders: contenders, reference: reference, rounds: throughput.rounds, cores: cores)
        var report = try measure(setting)
        report.reference = contenders[reference].description
        show(report)
        reports.append(report)
    }
    if values.has("--baseline") {
        throughput.fixedValue = Baseline.value
        let executable = try Baseline.build()
        for stage in stages {
            let field = [.stage(stage)] + others + [Contender.baseline(stage, executable: executable)]
            try run({ try measureThroughput(throughput, $0) }, field, reference: field.count - 1)
        }
    } else {
        for (name, measure) in measurements(throughput) where isChosen(name, values) {
            try run(measure, fields, reference: hasRedis ? fields.count - 1 : 0)
        }
    }
    if let path = values.text("--json") { try write(json(reports, throughput, cores), to: path) }
}

/// Latencies and requests per second suffer from whatever else runs; CPU per request does so less.
private func warnOfOthers() {
    guard let text = ProcessFacts.text("/proc/loadavg"), let load = Double(text.split(separator: " ").first ?? ""),
        load > 1
    else { return }
    print("Something else keeps this machine busy (load average \(Format.short(load))): trust only CPU per request.")
}

private typealias Measurement = (VersusSetting) throws -> VersusReport

private func measurements(_ throughput: Throughput) -> [(String, Measurement)] {
    [
        ("throughput", { try measureThroughput(throughput, $0) }), ("idle", measureIdle), ("memory", measureMemory),
        ("large", measureLarge), ("expiry", measureExpiry), ("start", measureStart),
    ]
}

private func isChosen(_ name: String, _ values: CommandOptions.Values) -> Bool {
    let isOther = ["idle", "memory", "large", "expiry", "start"].contains { values.has("--\($0)") }
    return values.has("--\(name)") || values.has("--all") || (name == "throughput" && !isOther)
}

private func show(_ report: VersusReport) {
    print(report.title)
    // Wider than a terminal is better than broken figures: such a line can still be read, and be piped.
    for line in report.table.lines(width: max(Terminal().width, 110)) { print(line) }
    for note in report.notes { print(note) }
    print()
}

private func json(_ reports: [VersusReport], _ throughput: Throughput, _ cores: Cores) -> JSON {
    let head: [(String, JSON)] = [("rounds", .integer(throughput.rounds)), ("cores", .string(cores.description))]
    return .members(head + [("measurements", .array(reports.map(json)))])
}

private func json(_ report: VersusReport) -> JSON {
    [
        "name": .string(report.name), "title": .string(report.title), "reference": .string(report.reference),
        "figures": report.json,
    ]
}

private func write(_ json: JSON, to path: String) throws(UsageError) {
    guard let file = fopen(path, "w") else { throw UsageError("\(path): \(String(cString: strerror(errno)))") }
    fputs(json.text, file)
    guard fclose(file) == 0 else { throw UsageError("\(path): \(String(cString: strerror(errno)))") }
}

extension Throughput {
    fileprivate init(_ values: CommandOptions.Values) throws(UsageError) {
        self.init()
        rounds = try values.number("--rounds", in: 1...1000) ?? rounds
        if let names = try values.list("--commands") {
            commands = []
            for name in names { commands.append(try LoadCommand(option: "--commands", name)) }
        }
        pipelines = try values.numbers("--pipelines", in: 1...10_000) ?? pipelines
        connections = try values.number("--connections", in: 1...10_000) ?? connections
        keys = 0..<(try values.number("--key-count", in: 1...100_000_000) ?? keys.count)
        valueSize = try values.number("--value-size", in: 0...1 << 20) ?? valueSize
        if let time = try values.number("--milliseconds", in: 10...600_000) { seconds = Double(time) / 1000 }
    }
}
