// What connections cost on which nothing is said: memory each, and what an active client pays for their company.

import LabKit

private let wanted = 10_000

func measureIdle(_ setting: VersusSetting) throws -> VersusReport {
    // Each is a descriptor here, one there, and some are needed for other things.
    let count = min(wanted, DescriptorLimit.raise(to: wanted + 200) - 200)
    let names = [
        "resident bytes per idle connection", "µs of CPU per request of an active client, alone",
        "the same, among the idle ones", "that is, times as much",
    ]
    let figures = try setting.measure(names) { contender in
        guard contender.isConcurrent else { return [] }
        let server = try contender.start(connections: count + 10, cores: setting.cores)
        let alone = try active(server)
        let figures = try idle(server, count)
        return [figures.memory, alone, figures.active, figures.active / alone]
    }
    return setting.report(
        "idle", "Idle: \(Format.count(count)) connections after one PING each", figures,
        notes: count < wanted ? ["The limit of descriptors (ulimit -n) allows no more connections here."] : [])
}

/// Server CPU per request of a client that sends one request at a time, in microseconds.
private func active(_ server: RunningServer) throws -> Double {
    let (result, time) = try server.measure(server.plan(.ping, limit: .requests(20_000)))
    return time / Double(result.requests)
}

private func idle(_ server: RunningServer, _ count: Int) throws -> (memory: Double, active: Double) {
    let before = try server.facts().residentMemory
    // One for each: a connection sends another only while there are requests left.
    let plan = server.plan(.ping, connections: count, limit: .requests(count))
    var figures: Result<(memory: Double, active: Double), any Error>?
    var moments = 0
    let result = try Load.run(plan) {
        moments += 1
        guard moments == 2 else { return }
        // All replies have come, and all connections are open.
        figures = Result {
            (Double(try server.facts().residentMemory - before) / Double(count), try active(server))
        }
    }
    guard let figures = try figures?.get(), result.servedConnections == count else {
        throw LoadError.system("\(server.contender) served \(result.servedConnections) of \(count) connections")
    }
    return figures
}
