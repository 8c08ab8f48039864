// lab cores: what a second loop is good for, and what the lock around the store costs.

import LabKit
import Shared

private let options = CommandOptions(
    command: "lab cores",
    summary: """
        Measures Cores with one loop and with more, and stage 5 beside them: CPU per request, requests per second, waiting \
        for the lock, and how the kernel deals connections out among loops. Client and servers share all processors.
        """,
    options: [
        .init("--loops", "N,...", "how many loops (1 and the processors of this machine)"),
        .init("--rounds", "N", "rounds in which every server has its turn (5)"),
        .init("--milliseconds", "N", "how long each run takes (1000)"),
        .init("--loads", "NAME,...", "get; deep: 100 in flight; small: MGET of 1,000; costly: of 100 of 10 KB (all)"),
    ])

/// A kind of load.
private enum CoresLoad: String, CaseIterable {
    /// One cheap request in flight on each of 50 connections.
    case get
    /// A hundred of them.
    case deep
    /// MGET of 1,000 short values: most of the work is under the lock.
    case small
    /// MGET of 100 values of 10 KB: most of the work is the kernel's.
    case costly

    var title: String {
        switch self {
        case .get: "GET, 50 connections"
        case .deep: "GET, 50 connections, 100 in flight on each"
        case .small: "MGET of 1,000 values of 3 bytes, 8 connections; a client that throws replies away"
        case .costly: "MGET of 100 values of 10 KB, 8 connections; a client that throws replies away"
        }
    }

    var repeated: RepeatedRequest? {
        switch self {
        case .get, .deep: nil
        case .small: RepeatedRequest(mgetOf: 1000, valueSize: 3)
        case .costly: RepeatedRequest(mgetOf: 100, valueSize: 10_000)
        }
    }
}

/// A server that is measured: stage 5, or Cores with so many loops.
private typealias Subject = (name: String, process: ServerProcess)

/// One run of a subject.
private struct CoresRun {
    let requestsPerSecond: Double
    /// Microseconds of CPU a request, and of waiting for the lock.
    let cpuTime: Double
    let lockTime: Double
    /// Waits for the lock, of a thousand requests.
    let lockWaits: Double
    let clientShare: Double
}

func runCores(_ arguments: [String]) throws {
    let values = try options.values(arguments)
    let loops = try values.numbers("--loops", in: 1...1000) ?? Array(Set([1, max(2, Processors.available)])).sorted()
    let rounds = try values.number("--rounds", in: 1...1000) ?? 5
    let seconds = Double(try values.number("--milliseconds", in: 10...600_000) ?? 1000) / 1000
    let loads = try values.cases("--loads", or: CoresLoad.allCases)
    Children.endOnSignal()
    let subjects: [Subject] =
        [(Stage.pipelining.name, try ServerProcess(.pipelining))]
        + (try loops.map { ("Cores --loops \($0)", try ServerProcess(.cores, ["--loops", "\($0)"])) })
    let figures = rounds == 1 ? "One round." : "Medians of \(rounds) rounds, least and greatest in parentheses."
    Terminal().paragraph(
        "\(Machine().processors) processors, shared by client and servers. \(figures) Ratios are taken within a round: "
            + "CPU to stage 5, requests per second to the first Cores.")
    print()
    for load in loads { try show(load, subjects, rounds, seconds) }
    try showSpread()
}

private func show(_ load: CoresLoad, _ subjects: [Subject], _ rounds: Int, _ seconds: Double) throws {
    for subject in subjects { try prepare(load, subject) }
    let runs = try inTurn(subjects, rounds: rounds) { try measure(load, $0, seconds) }
    let terminal = Terminal()
    // A narrow one has no room for the least and the greatest.
    let words = { (spread: Spread) in terminal.width < 100 ? spread.brief : spread.text }
    let rate = { (index: Int) in runs[index].map(\.requestsPerSecond) }
    let time = { (index: Int) in runs[index].map(\.cpuTime) }
    var speed = TextTable(["", "requests/s", "ratio", "CPU per request, µs", "ratio"])
    var waits = TextTable(["", "lock waits of 1,000 requests", "waited, µs each request", "client's share of a core"])
    for (index, subject) in subjects.enumerated() {
        speed.rows.append([
            subject.name, words(Spread(rate(index))), index < 2 ? "" : words(.ratio(rate(index), to: rate(1))),
            words(Spread(time(index))), index == 0 ? "" : words(.ratio(time(index), to: time(0))),
        ])
        let figures = runs[index]
        let medians = [figures.map(\.lockWaits), figures.map(\.lockTime), figures.map(\.clientShare)]
        waits.rows.append([subject.name] + medians.map { Format.short(Spread($0).median) })
    }
    terminal.paragraph(load.title)
    terminal.table(speed)
    print()
    terminal.table(waits)
    print()
}

private func plan(_ load: CoresLoad, _ subject: Subject, _ seconds: Double) -> LoadPlan {
    LoadPlan(
        port: subject.process.port, wireProtocol: .resp2, command: .get, pipeline: load == .deep ? 100 : 1,
        limit: .seconds(seconds), patience: 60)
}

private func prepare(_ load: CoresLoad, _ subject: Subject) throws {
    if let repeated = load.repeated { return try repeated.fill(port: subject.process.port) }
    try Load.fill(plan(load, subject, 0))
}

private func measure(_ load: CoresLoad, _ subject: Subject, _ seconds: Double) throws -> CoresRun {
    let (pid, port) = (subject.process.pid, subject.process.port)
    var times: [Int] = []
    let observe = { if let now = ProcessFacts(pid: pid) { times.append(now.cpuTime) } }
    let before = try lockFigures(port)
    let result =
        if let repeated = load.repeated {
            try repeated.run(port: port, connections: 8, seconds: seconds, observe: observe)
        } else {
            try Load.run(plan(load, subject, seconds), isPrepared: true, observe: observe)
        }
    let after = try lockFigures(port)
    guard times.count == 2, result.requests > 0 else { throw LoadError.system("\(subject.name) has ended") }
    let count = Double(result.requests)
    return CoresRun(
        requestsPerSecond: result.requestsPerSecond, cpuTime: Double(times[1] - times[0]) / count,
        lockTime: Double(after.time - before.time) / count,
        lockWaits: Double(after.waits - before.waits) / count * 1000, clientShare: result.clientShare)
}

/// How often threads have waited for a lock so far, and how long, in microseconds: the server counts it.
private func lockFigures(_ port: Int) throws -> (waits: Int, time: Int) {
    var client = try Client(port: port, wireProtocol: .resp2, timeout: 60)
    return (try client.statistic("total_lock_waits"), try client.statistic("total_lock_wait_usec"))
}

extension Client {
    /// A figure of INFO stats.
    mutating func statistic(_ name: String) throws -> Int {
        guard case .string(let bytes) = try call("INFO", "stats") else { throw LabError("INFO brought no text") }
        let lines = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline)
        return lines.first { $0.hasPrefix(name + ":") }.flatMap { Int($0.split(separator: ":")[1]) } ?? 0
    }
}

/// Servers that get eight connections each: the kernel throws dice, and few of them are uneven.
private func showSpread() throws {
    let counts = try (0..<10).map { _ in
        let server = try ServerProcess(.cores, ["--loops", "2"])
        let clients = try (0..<8).map { _ in Box(try server.connect(timeout: 60)) }
        for client in clients { _ = try client.value.call("PING") }
        server.end(within: 60_000)
        let end = server.output.split(separator: "\n").last?.split(separator: ";").last ?? ""
        return end.split { !$0.isNumber }.joined(separator: "+")
    }
    let terminal = Terminal()
    terminal.paragraph("Eight connections to two loops, ten times: " + counts.joined(separator: ", ") + ".")
    terminal.paragraph("The kernel goes by a hash of addresses and ports, not by who has the time.")
}
