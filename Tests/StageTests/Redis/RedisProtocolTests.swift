// Stages 4 and 5 beside a redis-server: odd and wrong bytes, the same answer and the same fate.

import LabKit
import Testing

@Suite("Redis: protocol", .enabled(if: RedisServer.isInstalled, RedisServer.isMissing))
struct RedisProtocolTests {
    @Test(arguments: RedisCommandTests.stages, RedisProtocolScripts.groups.keys.sorted())
    func scripts(stage: Stage, group: String) throws {
        let servers = try RedisComparison(stage)
        let manners = [Pieces.whole, .random(seed: 1)] + (group == "longLines" ? [] : [.bytes])
        for (name, script) in try #require(RedisProtocolScripts.groups[group]) {
            for pieces in manners {
                let compare = group == "endings" ? servers.compareClosing : servers.compare
                let difference = try compare(script.bytes, pieces)
                #expect(difference == nil, "\(name), \(pieces)")
                if difference != nil { break }
            }
        }
    }

    /// Long pipelines and long values, whose replies do not fit into the buffers of the connection.
    @Test(arguments: RedisCommandTests.stages) func muchOfEverything(stage: Stage) throws {
        let servers = try RedisComparison(stage)
        let long = [UInt8](repeating: UInt8(ascii: "v"), count: 3 << 20)
        let values = [
            "SET k".words + [long], "GET k".words, "APPEND k".words + [long], "STRLEN k".words, "MGET k k".words,
            "SET k".words + [long, "GET".bytes], ["ECHO".bytes, long], ["GET".bytes, long], ["SET".bytes, long, long],
            ["EXISTS".bytes, long], [long, long],
        ].map { RedisRequest($0) }
        let pipeline = [RedisRequest](repeating: RedisRequest("PING"), count: 30_000)
        let gets =
            [RedisRequest("SET k " + String(repeating: "x", count: 5000))]
            + [RedisRequest](repeating: RedisRequest("GET k"), count: 2000)
        for requests in [values, pipeline, gets] {
            let difference = try servers.compare(requests, .whole)
            #expect(difference == nil)
        }
    }
}
