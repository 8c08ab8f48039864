// Random requests and random bytes: stages 4 and 5 do with them what redis-server does.
//
//     FUZZ_SEED=12345 FUZZ_SECONDS=60 swift test --filter RedisFuzzTests

import LabKit
import Testing

@Suite("Redis: random", .enabled(if: RedisServer.isInstalled, RedisServer.isMissing))
struct RedisFuzzTests {
    @Test(arguments: RedisCommandTests.stages) func requests(stage: Stage) throws {
        let servers = try RedisComparison(stage)
        try fuzzRequests("random requests, \(stage)", count: 150) { seed, requests in
            let pieces = Pieces.chosen(seed: seed, bytesOnceIn: 10)
            let isInline = seed % 5 == 0
            let difference = try servers.compare(requests, pieces, encode: isInline ? \.lineOrArray : \.array)
            return difference.map { "\(pieces): \($0)" }
        }
    }

    @Test(arguments: RedisCommandTests.stages) func mutatedStreams(stage: Stage) throws {
        try compareStreams("mutated streams, \(stage)", on: stage) { $0.mutatedStream() }
    }

    @Test(arguments: RedisCommandTests.stages) func garbage(stage: Stage) throws {
        try compareStreams("garbage, \(stage)", on: stage) { $0.garbage() }
    }

    private func compareStreams(_ name: String, on stage: Stage, _ stream: (inout RedisGenerator) -> [UInt8]) throws {
        let servers = try RedisComparison(stage)
        try fuzz(name, count: 300, isPlain: true, stream, show: \.inQuotes) { seed, bytes in
            let pieces = Pieces.chosen(seed: seed, bytesOnceIn: 8)
            return try servers.compare(bytes, pieces).map { "\(pieces): \($0)" }
        }
    }
}
