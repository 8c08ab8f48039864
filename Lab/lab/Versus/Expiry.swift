// A million keys that expire within one second: what other clients notice of it.

@preconcurrency import Glibc
import LabKit
import Shared

private let count = 1_000_000
private let lasting = 10_000

func measureExpiry(_ setting: VersusSetting) throws -> VersusReport {
    let names = ["p99 of other clients, ms", "longest reply, ms", "expired keys still there after 2 s more"]
    let figures = try setting.measure(names) { contender in
        let (result, remaining) = try expire(try contender.start(cores: setting.cores))
        return [
            Double(result.latency.quantile(0.99)) / 1e6, Double(result.latency.maximum) / 1e6, Double(remaining),
        ]
    }
    return setting.report(
        "expiry", "Expiry: a million keys expire within one second, while others send 5,000 GET a second", figures,
        notes: ["Latencies count from when a request was due, not from when it could be sent."])
}

/// Fills the store, and loads it from half a second before the first key expires until two seconds after the last.
private func expire(_ server: RunningServer) throws -> (LoadResult, remaining: Int) {
    var others = server.plan(.get, connections: 10, limit: .seconds(3.5), keys: count..<count + lasting)
    try Load.fill(others)
    others.rate = 5000
    var keys = server.plan(.set, keys: 0..<count, valueSize: 16)
    // The keys must all be there before the first of them expires; a slow machine gets another chance.
    var client = try server.connect()
    for lead in [4_000, 12_000, 36_000] {
        let start = Int(Clock.realTime) + lead
        keys.expiry = start..<start + 1000
        try Load.fill(keys)
        let wait = start - 500 - Int(Clock.realTime)
        if wait <= 0 { continue }
        usleep(useconds_t(wait * 1000))
        let result = try Load.run(others, isPrepared: true)
        guard case .integer(let size) = try client.call("DBSIZE") else { throw LoadError.system("DBSIZE failed") }
        return (result, Int(size) - lasting)
    }
    throw LoadError.system("\(server.contender) took more than half a minute to write a million keys")
}
