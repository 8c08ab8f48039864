// What a million small values cost, and whether a growing table makes anybody wait.

import LabKit

private let count = 1_000_000

func measureMemory(_ setting: VersusSetting) throws -> VersusReport {
    let names = ["resident bytes per key", "longest reply, ms", "p99.9 of the replies, ms"]
    let figures = try setting.measure(names) { contender in
        let server = try contender.start(cores: setting.cores)
        let before = try server.facts().residentMemory
        let latency = try Load.fill(server.plan(.set, keys: 0..<count, valueSize: 16), pipeline: 16).latency
        return [
            Double(try server.facts().residentMemory - before) / Double(count), Double(latency.maximum) / 1e6,
            Double(latency.quantile(0.999)) / 1e6,
        ]
    }
    return setting.report(
        "memory", "Memory: a million keys of 16 bytes, with values of 16 bytes", figures,
        notes: ["The longest reply is also the longest pause of the machine; the least of the rounds says most."])
}
