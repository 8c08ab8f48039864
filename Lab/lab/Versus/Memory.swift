// What a million small values cost, and whether a growing table makes anybody wait.

import LabKit

private let count = 1_000_000

func measureMemory(_ setting: VersusSetting) throws -> VersusReport {
    var memory = setting.noRounds
    var longest = memory
    var p999 = memory
    for _ in 0..<setting.rounds {
        for (index, contender) in setting.contenders.enumerated() {
            let server = try contender.start(cores: setting.cores)
            let before = try server.facts().residentMemory
            var plan = server.plan(.set, connections: 1)
            plan.keys = 0..<count
            plan.valueSize = 16
            let result = try Load.fill(plan, pipeline: 16)
            memory[index].append(Double(try server.facts().residentMemory - before) / Double(count))
            longest[index].append(Double(result.latency.maximum) / 1e6)
            p999[index].append(Double(result.latency.quantile(0.999)) / 1e6)
        }
    }
    return setting.report(
        "memory", "Memory: a million keys of 16 bytes, with values of 16 bytes",
        [
            .init("resident bytes per key", memory), .init("longest reply, ms", longest),
            .init("p99.9 of the replies, ms", p999),
        ],
        notes: ["The longest reply is also the longest pause of the machine; the least of the rounds says most."])
}
