// Stages 4 and 5 beside a redis-server: the same requests, the same bytes back.

import LabKit
import Testing

@Suite("Redis: commands", .enabled(if: RedisServer.isInstalled, RedisServer.isMissing))
struct RedisCommandTests {
    static let stages = [Stage.epoll, .pipelining]

    /// Every script as one write, torn in random pieces, byte by byte, and as inline requests.
    static func compare(_ scripts: [String: [String]], on stage: Stage) throws {
        let servers = try RedisComparison(stage)
        for (name, script) in scripts.sorted(by: { $0.key < $1.key }) {
            let requests = script.map { RedisRequest($0) }
            for pieces in [Pieces.whole, .random(.init(seed: 7)), .bytes] {
                let difference = try servers.compare(requests, pieces)
                #expect(difference == nil, "\(name), \(pieces)")
                if difference != nil { break }
            }
            let difference = try servers.compare(requests, .whole, encode: \.line)
            #expect(difference == nil, "\(name), inline")
        }
    }

    @Test(arguments: stages) func everyCommand(stage: Stage) throws {
        try Self.compare(RedisScripts.commands, on: stage)
    }

    @Test(arguments: stages) func expiry(stage: Stage) throws {
        try Self.compare(RedisScripts.expiry, on: stage)
    }

    @Test(arguments: stages) func connection(stage: Stage) throws {
        try Self.compare(RedisScripts.connection, on: stage)
    }
}
