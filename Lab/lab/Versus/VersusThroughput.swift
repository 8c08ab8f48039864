// Requests per second and server CPU per request.

import LabKit

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
        let limited = setting.contenders.indices.filter { cell.limit($0) != .server }
        if limited.isEmpty { return nil }
        let names = limited.map { "\(setting.contenders[$0])" }.joined(separator: ", ")
        return "\(label(cell)) (\(limited.count == setting.contenders.count ? "all" : names))"
    }
    if !limits.isEmpty {
        notes.append(
            "The server's core was not busy all the time at \(limits.joined(separator: "; ")): there the requests per "
                + "second are what the client, or the machine, could do.")
    }
    return setting.report("throughput", title, cells.flatMap { figures($0, setting) }, notes: notes)
}

private func label(_ cell: Throughput.Cell) -> String {
    "\(cell.command.rawValue.uppercased()), \(cell.pipeline) in flight"
}

private func figures(_ cell: Throughput.Cell, _ setting: VersusSetting) -> [VersusReport.Figure] {
    [
        .init(label(cell), cell.runs.map { $0.map(\.requestsPerSecond) }, unit: "requests/s"),
        .init(label(cell), cell.runs.map { $0.map(\.serverTimePerRequest) }, unit: "CPU"),
    ]
}
