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
                #expect(difference == nil, "\(name), in pieces: \(pieces)")
                if difference != nil { break }
            }
        }
    }

    @Test(arguments: RedisCommandTests.stages) func arrays(stage: Stage) throws {
        try compare(RedisProtocolScripts.arrays, on: stage, [.whole, .bytes, .random(.init(seed: 1))])
    }

    @Test(arguments: RedisCommandTests.stages) func endings(stage: Stage) throws {
        let servers = try RedisComparison(stage)
        for (name, script) in RedisProtocolScripts.endings.sorted(by: { $0.key < $1.key }) {
            for pieces in [Pieces.whole, .bytes, .random(.init(seed: 4))] {
                let (redis, stage) = try servers.outcomes(Array(script.utf8), pieces, until: .closedByServer)
                #expect(redis.fate == .closed, "\(name)")
                #expect(redis == stage, "\(name)")
            }
        }
    }

    @Test(arguments: RedisCommandTests.stages) func lines(stage: Stage) throws {
        try compare(RedisProtocolScripts.lines, on: stage, [.whole, .bytes, .random(.init(seed: 2))])
    }

    @Test(arguments: RedisCommandTests.stages) func longLines(stage: Stage) throws {
        try compare(RedisProtocolScripts.longLines, on: stage, [.whole, .random(.init(seed: 3))])
    }
}
