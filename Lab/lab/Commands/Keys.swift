// lab keys: what one long request costs everybody else. KEYS and SCAN bring the same keys, and another client asks PING
// meanwhile.

@preconcurrency import Glibc
import LabKit
import Shared

private let options = CommandOptions(
    command: "lab keys",
    summary: """
        Goes through all keys with KEYS, in one request, and with SCAN, in many, and measures how long another client waits for \
        PING meanwhile.
        """,
    options: [
        .init("--stage", "N", "which stage, 4 or 5 (5)"),
        .init("--keys", "N", "how many keys (1000000)"),
        .init("--count", "N", "how many of them SCAN asks for at a time (1000)"),
        .init("--rounds", "N", "how often both are tried (3)"),
    ])

/// One way through all keys.
private struct KeysWalk {
    var requests = 0
    var keys = 0
    /// In microseconds: the whole way, and the longest that another client waited.
    var time = 0.0
    var longestWait = 0.0
    /// Replies that client got.
    var pings = 0
}

func runKeys(_ arguments: [String]) throws {
    let values = try options.values(arguments)
    let stage = try values.stages("--stage", among: [.epoll, .pipelining])?.first ?? .pipelining
    let count = try values.number("--keys", in: 1000...20_000_000) ?? 1_000_000
    let step = try values.number("--count", in: 1...1_000_000) ?? 1000
    let rounds = try values.number("--rounds", in: 1...100) ?? 3
    Children.endOnSignal()
    let server = try ServerProcess(stage)
    try Load.fill(LoadPlan(port: server.port, wireProtocol: .resp2, keys: 0..<count))
    let ways: [(inout Client) throws -> KeysWalk] = [
        { try walkWithKeys(&$0, count) }, { try walkWithScan(&$0, step) },
    ]
    let walks = try inTurn(ways, rounds: rounds) { try measure(server, $0) }
    guard walks[1].allSatisfy({ $0.keys == count }) else { throw LoadError.system("SCAN did not bring all keys") }
    server.end()
    show(walks[0], walks[1], step)
}

/// KEYS. The reply is tens of megabytes long: keys are counted as they come.
private func walkWithKeys(_ client: inout Client, _ count: Int) throws -> KeysWalk {
    var walk = KeysWalk(requests: 1)
    try client.send(["KEYS", "*"].map { Array($0.utf8) })
    while walk.keys < count {
        let bytes = try client.receiveBytes()
        if bytes.isEmpty { throw Reply.Failure.closed }
        // Each begins with its length, `$16`, and has no such sign in it.
        walk.keys += bytes.count { $0 == UInt8(ascii: "$") }
    }
    return walk
}

private func walkWithScan(_ client: inout Client, _ step: Int) throws -> KeysWalk {
    var walk = KeysWalk()
    var cursor = "0"
    repeat {
        guard case .array(let parts) = try client.call("SCAN", cursor, "COUNT", "\(step)"), parts.count == 2,
            case .string(let next) = parts[0], case .array(let keys) = parts[1]
        else { throw LoadError.system("SCAN did not bring a cursor and keys") }
        cursor = String(decoding: next, as: UTF8.self)
        walk.requests += 1
        walk.keys += keys.count
    } while cursor != "0"
    return walk
}

/// What another client, on a thread of its own, tells of its PINGs.
private struct Pings {
    var count = 0
    /// In nanoseconds.
    var longest: Int64 = 0
    var isOver = false
    var hasEnded = false
}

private func measure(_ server: ServerProcess, _ body: (inout Client) throws -> KeysWalk) throws -> KeysWalk {
    var client = try server.connect(timeout: 60)
    let pings = Locked(Pings())
    let port = server.port
    try Thread.start {
        var client = try? Client(port: port, wireProtocol: .resp2, timeout: 60)
        while !pings.withLock({ $0.isOver }) {
            let start = Clock.monotonicNanoseconds
            guard (try? client?.call("PING")) != nil else { break }
            let wait = Clock.monotonicNanoseconds - start
            pings.withLock { ($0.count, $0.longest) = ($0.count + 1, max($0.longest, wait)) }
        }
        pings.withLock { $0.hasEnded = true }
    }
    // Some replies first: it must be there when the walk begins.
    while pings.withLock({ $0.count < 10 && !$0.hasEnded }) { usleep(100) }
    pings.withLock { ($0.count, $0.longest) = (0, 0) }
    let stopwatch = Stopwatch()
    var walk = try body(&client)
    walk.time = stopwatch.microseconds
    walk.pings = pings.withLock { $0.count }
    pings.withLock { $0.isOver = true }
    while !pings.withLock({ $0.hasEnded }) { usleep(100) }
    walk.longestWait = Double(pings.withLock { $0.longest }) / 1000
    return walk
}

private func show(_ keys: [KeysWalk], _ scan: [KeysWalk], _ step: Int) {
    var table = TextTable(["", "requests", "in all", "longest PING", "PINGs"])
    for (name, walks) in [("KEYS", keys), ("SCAN", scan)] {
        table.rows.append([
            name, Format.count(walks[0].requests), Spread(walks.map(\.time)).timeRange,
            Spread(walks.map(\.longestWait)).timeRange,
            Format.count(Int(Spread(walks.map { Double($0.pings) }).median)),
        ])
    }
    print("\(Format.count(keys[0].keys)) keys; SCAN asks for \(Format.count(step)) at a time.")
    Terminal().table(table)
    guard let waits = Comparison(Spread(keys.map(\.longestWait)), to: Spread(scan.map(\.longestWait))) else { return }
    let finding =
        waits.isMore
        ? "While KEYS was executed another client waited \(waits.times) as long as beside SCAN: nothing interrupts a "
            + "request. Between two SCANs everybody has a turn."
        : "No difference was measured: the rounds overlap. With more keys KEYS takes longer, and one SCAN does not."
    Terminal().paragraph(finding)
}
