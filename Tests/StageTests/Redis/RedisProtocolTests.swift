// Stages 4 and 5 beside a redis-server: odd and wrong bytes, the same answer and the same fate.

import LabKit
import Testing

@Suite("Redis: protocol", .enabled(if: RedisServer.isInstalled, RedisServer.isMissing))
struct RedisProtocolTests {
    private func compare(_ scripts: [String: String], on stage: Stage, _ manners: [Pieces]) throws {
        let servers = try RedisComparison(stage)
        for (name, script) in scripts.sorted(by: { $0.key < $1.key }) {
            for pieces in manners {
                let difference = try servers.compare(Array(script.utf8), pieces)
                #expect(difference == nil, "\(name), \(pieces)")
                if difference != nil { break }
            }
        }
    }

    @Test(arguments: RedisCommandTests.stages) func arrays(stage: Stage) throws {
        try compare(RedisProtocolScripts.arrays, on: stage, [.whole, .bytes, .random(seed: 1)])
    }

    @Test(arguments: RedisCommandTests.stages) func endings(stage: Stage) throws {
        let servers = try RedisComparison(stage)
        for (name, script) in RedisProtocolScripts.endings.sorted(by: { $0.key < $1.key }) {
            for pieces in [Pieces.whole, .bytes, .random(seed: 4)] {
                let difference = try servers.compareClosing(Array(script.utf8), pieces)
                #expect(difference == nil, "\(name), \(pieces)")
            }
        }
    }

    /// Long pipelines and long values, whose replies do not fit into the buffers of the connection.
    @Test(arguments: RedisCommandTests.stages) func muchOfEverything(stage: Stage) throws {
        let servers = try RedisComparison(stage)
        let long = [UInt8](repeating: UInt8(ascii: "v"), count: 3 << 20)
        let name = { (text: String) in Array(text.utf8) }
        let values = [
            [name("SET"), name("k"), long], [name("GET"), name("k")], [name("APPEND"), name("k"), long],
            [name("STRLEN"), name("k")], [name("MGET"), name("k"), name("k")],
            [name("SET"), name("k"), long, name("GET")],
            [name("ECHO"), long], [name("GET"), long], [name("SET"), long, long], [name("EXISTS"), long], [long, long],
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

    @Test(arguments: RedisCommandTests.stages) func lines(stage: Stage) throws {
        try compare(RedisProtocolScripts.lines, on: stage, [.whole, .bytes, .random(seed: 2)])
    }

    @Test(arguments: RedisCommandTests.stages) func longLines(stage: Stage) throws {
        try compare(RedisProtocolScripts.longLines, on: stage, [.whole, .random(seed: 3)])
    }
}
