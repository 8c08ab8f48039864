// lab attack: bad clients, and beside them an innocent one, whose waits are what counts.

@preconcurrency import Glibc
import LabKit
import Shared

private let options = CommandOptions(
    command: "lab attack",
    summary: "Attacks a server of this machine for a few seconds, and shows what an innocent client notices of it:",
    topics: Attack.allCases.map { ($0.rawValue, $0.title) },
    options: [
        .init("--stage", "N", "start this server (1 to 5, or a name from Beyond), and end it afterwards"),
        .init("--port", "PORT", "or attack the server at this port of 127.0.0.1"),
        .init("--protocol", "NAME", "of the server at that port: binary or resp (resp)"),
        .init("--pid", "PID", "of the server at that port, to show what it holds"),
        .init("--clients", "N", "how many attack (each attack has a number of its own)"),
        .init("--seconds", "N", "for how long (3)"),
    ], words: "[word ...]")

func runAttack(_ arguments: [String]) throws {
    // The name may come first, as one says it.
    let isFirst = arguments.first.map { !$0.hasPrefix("-") } ?? false
    let values = try options.values(isFirst ? Array(arguments.dropFirst()) + [arguments[0]] : arguments)
    guard values.words.count == 1, let attack = Attack(rawValue: values.words[0]) else {
        throw LabError("takes one of \(CommandOptions.Values.names(Attack.self))")
    }
    let target = try LoadTarget(values)
    if values.has("--pid") && target.stage != nil { throw LabError("--pid goes with --port") }
    let clients = try values.number("--clients", in: 1...Attack.mostClients) ?? attack.clients
    let seconds = try values.number("--seconds", in: 1...Attack.longest) ?? 3
    let pid = try values.number("--pid", in: 1...Int(Int32.max)).map { pid_t($0) }
    Children.endOnSignal()
    setvbuf(stdout, nil, CInt(_IOLBF), 0)
    let server = try target.start(connections: clients)
    if server == nil { try expectServer(target) }
    if attack == .crowd, let server { try limitDescriptors(of: server) }
    let scene = AttackScene(
        attack: attack, clients: clients, seconds: seconds, target: target, port: server?.port ?? target.port,
        pid: server?.pid ?? pid)
    try scene.run()
    if let server, server.end() != .exited(0) { throw LabError("the server did not survive: \(server.output)") }
}

/// An attack on nobody would seem to be survived.
private func expectServer(_ target: LoadTarget) throws {
    do {
        _ = try Client(port: target.port, wireProtocol: target.wireProtocol)
    } catch .system(let text) {
        throw LabError(text)
    }
}

/// So many more than it has now. (A limit set before its start is one that it knows, and counts its clients by.)
private func limitDescriptors(of server: ServerProcess) throws {
    guard Programs.path(of: "prlimit") != nil else { throw LabError("crowd needs prlimit (Debian: util-linux)") }
    let limit = server.descriptorsWhenReady + 20
    let process = try ServerProcess(command: ["prlimit", "--pid", "\(server.pid)", "--nofile=\(limit):\(limit)"])
    guard process.wait(within: 20_000) == .exited(0) else { throw LabError("prlimit failed: \(process.output)") }
}

/// An attack, and what is seen of it.
private struct AttackScene {
    let attack: Attack
    let clients: Int
    let seconds: Int
    let target: LoadTarget
    let port: Int
    let pid: pid_t?

    private enum Phase: String { case before, attack, after }

    /// A line of the table each half second.
    private static let period: Int64 = 500
    /// The columns after the phase, and how wide they are.
    private static let columns = [
        ("s", 5), ("answered", 10), ("median", 9), ("longest", 9), ("no reply", 10), ("memory", 9), ("descriptors", 13),
        ("threads", 9),
    ]

    func run() throws {
        let terminal = Terminal()
        let name = target.stage?.title ?? "the server at port \(port)"
        let text =
            "\(name), attacked by \(clients == 1 ? "a client" : "\(clients) clients"): \(attack.title). An innocent client "
            + "comes every 20 ms, sends PING, waits a second at most for the reply, and leaves."
        terminal.paragraph(text)
        print()
        let innocent = InnocentClient(target, port: port)
        let attackers = Attackers(attack, count: clients, port: port, wireProtocol: target.wireProtocol)
        try attackers.prepare()
        try innocent.start()
        terminal.line("".padded(to: 6) + Self.columns.map { $0.0.aligned(to: $0.1) }.joined())
        try show(.before, 1, innocent) {}
        try show(.attack, seconds, innocent) { try attackers.step() }
        let outcome = attackers.outcome
        attackers.leave()
        try show(.after, 1, innocent) {}
        innocent.stop()
        print()
        terminal.paragraph(findings(innocent, outcome))
    }

    /// One phase: `step` again and again, and a line from time to time.
    private func show(_ phase: Phase, _ seconds: Int, _ innocent: InnocentClient, _ step: () throws -> Void) throws {
        let start = Clock.monotonic
        var next = start + Self.period
        innocent.begin(phase.rawValue)
        while next <= start + Int64(seconds) * 1000 {
            try step()
            usleep(useconds_t(Attackers.interval))
            guard Clock.monotonic >= next else { continue }
            printLine(phase, innocent.takeRecent(), Double(next - start) / 1000)
            next += Self.period
        }
    }

    private func printLine(_ phase: Phase, _ waits: [Double?], _ time: Double) {
        let answered = Spread(waits.compactMap(\.self))
        let figure = { (value: Double) in value.isFinite ? Format.time(microseconds: value) : nil }
        let facts = pid.flatMap { ProcessFacts(pid: $0) }
        let cells = [
            Format.number(time, decimals: 1), "\(waits.count { $0 != nil })", figure(answered.median),
            figure(answered.maximum), "\(waits.count { $0 == nil })", facts.map { Format.memory($0.residentMemory) },
            facts.map { "\($0.descriptors)" }, facts.map { "\($0.threads)" },
        ]
        let columns = zip(cells, Self.columns).map { ($0 ?? "-").aligned(to: $1.1) }
        print(phase.rawValue.padded(to: 6) + columns.joined())
    }

    private func findings(_ innocent: InnocentClient, _ outcome: String?) -> String {
        let sentences = [Phase.before, .attack, .after].map { phase -> String in
            let waits = innocent.waits(in: phase.rawValue)
            let missing = waits.count { $0 == nil }
            // No reply within a second is a wait, too.
            let spread = Spread(waits.map { $0 ?? .infinity })
            let words = { (wait: Double) in Format.time(microseconds: wait) }
            var part = spread.median.isFinite ? words(spread.median) : "more than a second"
            if spread.maximum.isFinite { part += " (at most \(words(spread.maximum)))" }
            if waits.isEmpty { part = "nobody came to an end" }
            return (phase == .attack ? "during it " : "\(phase.rawValue) the attack ") + part
                + (missing > 0 ? ", \(missing) of \(waits.count) got no reply within a second" : "")
        }
        var text = "The innocent client's median wait: \(sentences.joined(separator: "; "))."
        if let outcome { text = outcome + " " + text }
        // What the variations do is what the stage does that they are compared with.
        guard let stage = target.stage, Stage.allCases.contains(stage) else { return text }
        let answer = attack.answer(of: stage)
        return text + " What \(stage.title) does: \(answer.why). Read \(answer.file), \(answer.name)."
    }
}

/// A client that comes, asks and leaves, again and again, on a thread of its own.
private final class InnocentClient: Sendable {
    private struct State {
        var phase = ""
        var recent: [Double?] = []
        var waits: [String: [Double?]] = [:]
        var isStopped = false
    }

    private let port: Int
    private let wireProtocol: WireProtocol
    private let state = Locked(State())

    init(_ target: LoadTarget, port: Int) {
        (self.port, wireProtocol) = (port, target.wireProtocol)
    }

    func start() throws {
        try Thread.start {
            while !self.state.withLock({ $0.isStopped }) {
                // It counts for the phase in which it came.
                let phase = self.state.withLock { $0.phase }
                let wait = self.ask()
                self.state.withLock {
                    $0.recent.append(wait)
                    $0.waits[phase, default: []].append(wait)
                }
                usleep(20_000)
            }
        }
    }

    /// Microseconds from connecting to the reply; nil where there was none within a second.
    private func ask() -> Double? {
        let stopwatch = Stopwatch()
        guard var client = try? Client(port: port, wireProtocol: wireProtocol, timeout: 1),
            (try? client.call("PING")) != nil
        else { return nil }
        return stopwatch.microseconds
    }

    func begin(_ phase: String) { state.withLock { $0.phase = phase } }
    func stop() { state.withLock { $0.isStopped = true } }

    /// Those since the last call.
    func takeRecent() -> [Double?] {
        state.withLock { state in
            defer { state.recent = [] }
            return state.recent
        }
    }

    func waits(in phase: String) -> [Double?] { state.withLock { $0.waits[phase] ?? [] } }
}
