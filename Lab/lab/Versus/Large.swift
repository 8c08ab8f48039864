// Large values: bytes per second, and whether ten times the size costs ten times as much.

import LabKit

private let sizes = [1_000, 10_000, 100_000, 1_000_000, 10_000_000]

func measureLarge(_ setting: VersusSetting) throws -> VersusReport {
    let servers = try setting.contenders.map { try $0.start(cores: setting.cores) }
    var figures: [VersusReport.Figure] = []
    for command in [LoadCommand.set, .get] {
        for size in sizes {
            for server in servers { try Load.fill(server.plan(.set, keys: 0..<4, valueSize: size)) }
            let runs = try inTurn(servers, rounds: setting.rounds) { server in
                let (result, time) = try server.measure(
                    server.plan(command, connections: 2, limit: .seconds(0.4), keys: 0..<4, valueSize: size))
                let bytes = Double(result.requests * size)
                return (rate: bytes / result.elapsed / 1e6, cost: time / (bytes / 1000))
            }
            let name = "\(command.rawValue.uppercased()) \(Format.count(size)) bytes"
            figures.append(.init(name, runs.map { $0.map(\.rate) }, unit: "MB/s"))
            figures.append(.init(name, runs.map { $0.map(\.cost) }, unit: "CPU, µs per KB"))
        }
    }
    return setting.report("large", "Large values: two connections, one request at a time on each", figures)
}
