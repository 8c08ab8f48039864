// Large values: bytes per second, and whether ten times the size costs ten times as much.

import LabKit

private let sizes = [1_000, 10_000, 100_000, 1_000_000, 10_000_000]

func measureLarge(_ setting: VersusSetting) throws -> VersusReport {
    let servers = try setting.contenders.map { try $0.start(cores: setting.cores) }
    var figures: [VersusReport.Figure] = []
    for command in [LoadCommand.set, .get] {
        for size in sizes {
            let (rate, cost) = try measure(command, size, servers, setting.rounds)
            let name = "\(command.rawValue.uppercased()) \(Format.count(size)) bytes"
            figures += [.init(name, rate, unit: "MB/s"), .init(name, cost, unit: "CPU, µs per KB")]
        }
    }
    return setting.report("large", "Large values: two connections, one request at a time on each", figures)
}

private func measure(
    _ command: LoadCommand, _ size: Int, _ servers: [RunningServer], _ rounds: Int
) throws -> (rate: [[Double]], cost: [[Double]]) {
    var rate: [[Double]] = servers.map { _ in [] }
    var cost = rate
    for round in 0..<rounds {
        for (index, server) in servers.enumerated() {
            var plan = server.plan(command, connections: 2)
            plan.valueSize = size
            plan.keys = 0..<4
            plan.limit = .seconds(0.4)
            if round == 0 { try Load.fill(plan) }
            let (result, time) = try server.measure(plan)
            let bytes = Double(result.requests * size)
            rate[index].append(bytes / result.elapsed / 1e6)
            cost[index].append(time / (bytes / 1000))
        }
    }
    return (rate, cost)
}
