// Requests per second and server CPU per request, for each command and depth of pipeline: every contender in turn,
// round after round, so that what changes on the machine meanwhile meets all of them.

import LabKit

struct Throughput {
    var commands: [LoadCommand] = [.ping, .set, .get]
    var pipelines = [1, 16, 100]
    var connections = 50
    var rounds = 3
    /// Seconds of one run of one contender.
    var seconds = 1.0
    var keys = 0..<100_000
    var valueSize = 3
    /// Where every value is to be the same, since a contender has no store: that value.
    var fixedValue: [UInt8]?

    /// One run.
    struct Run {
        let requestsPerSecond: Double
        /// Microseconds.
        let serverTimePerRequest: Double
        /// How much of the time the server was computing: near 1, requests per second say what it can do.
        let serverShare: Double
    }

    /// The runs of one command at one depth: by contender, then by round.
    struct Cell {
        let label: String
        let runs: [[Run]]

        /// Whether the server was what limited most rounds. Otherwise the client was, or the machine.
        func isLimitedByServer(_ contender: Int) -> Bool {
            2 * runs[contender].count { $0.serverShare > 0.9 } > runs[contender].count
        }
    }

    func measure(_ servers: [RunningServer]) throws -> [Cell] {
        // Stage 1 serves one connection at a time, and then the others are measured with one as well.
        let connections = servers.allSatisfy(\.contender.isConcurrent) ? connections : 1
        let plan = { (server: RunningServer, command: LoadCommand, pipeline: Int) in
            var plan = server.plan(
                command, connections: connections, pipeline: pipeline, limit: .seconds(seconds), keys: keys,
                valueSize: valueSize)
            plan.fixedValue = fixedValue
            return plan
        }
        for server in servers { try Load.fill(plan(server, .set, 1)) }
        return try commands.flatMap { command in
            try pipelines.map { pipeline in
                Cell(
                    label: "\(command.rawValue.uppercased()), \(pipeline) in flight",
                    runs: try inTurn(servers, rounds: rounds) { try run($0, plan($0, command, pipeline)) })
            }
        }
    }

    private func run(_ server: RunningServer, _ plan: LoadPlan) throws -> Run {
        let (result, time) = try server.measure(plan)
        return Run(
            requestsPerSecond: result.requestsPerSecond, serverTimePerRequest: time / Double(result.requests),
            serverShare: time / 1e6 / result.elapsed)
    }
}

func measureThroughput(_ throughput: Throughput, _ setting: VersusSetting) throws -> VersusReport {
    let servers = try setting.contenders.map {
        try $0.start(connections: throughput.connections, cores: setting.cores)
    }
    let cells = try throughput.measure(servers)
    let memory = try servers.map { Format.memory(try $0.facts().residentMemory) }
    let title =
        "Throughput: \(throughput.connections) connections, \(Format.count(throughput.keys.count)) random keys, "
        + "values of \(throughput.valueSize) bytes"
    let list = setting.contenders.indices.map { "\(setting.contenders[$0]) \(memory[$0])" }
    var notes = ["CPU: the server's, µs per request. ±: half of what lies between the least and the greatest round."]
    notes.append("Resident memory after it: " + list.joined(separator: ", ") + ".")
    if !setting.contenders.allSatisfy(\.isConcurrent) {
        notes.append("One connection each, as Stage1-Sync serves no more at a time.")
    }
    let limits = cells.compactMap { cell -> String? in
        let limited = setting.contenders.indices.filter { !cell.isLimitedByServer($0) }
        if limited.isEmpty { return nil }
        let names = limited.map { "\(setting.contenders[$0])" }.joined(separator: ", ")
        return "\(cell.label) (\(limited.count == setting.contenders.count ? "all" : names))"
    }
    if !limits.isEmpty {
        notes.append(
            "The server's core was not busy all the time at \(limits.joined(separator: "; ")): there the requests per "
                + "second are what the client, or the machine, could do.")
    }
    let figures: [VersusReport.Figure] = cells.flatMap { cell in
        [
            .init(cell.label, cell.runs.map { $0.map(\.requestsPerSecond) }, unit: "requests/s"),
            .init(cell.label, cell.runs.map { $0.map(\.serverTimePerRequest) }, unit: "CPU"),
        ]
    }
    return setting.report("throughput", title, figures, notes: notes)
}
