// Random requests and random bytes: stages 4 and 5 do with them what redis-server does.
//
//     FUZZ_SEED=12345 FUZZ_SECONDS=60 swift test --filter RedisFuzzTests

import LabKit
import Testing

@Suite("Redis: random", .enabled(if: RedisServer.isInstalled, RedisServer.isMissing))
struct RedisFuzzTests {
    @Test(arguments: RedisCommandTests.stages) func requests(stage: Stage) throws {
        let servers = try RedisComparison(stage)
        let settings = FuzzSettings(name: "random requests, \(stage)", count: 150)
        try settings.run { seed in
            var generator = RedisGenerator(seed: seed)
            let steps = generator.steps()
            let pieces = [Pieces.whole, .random(.init(seed: seed)), .bytes][Int(seed % 10 == 0 ? 2 : seed % 2)]
            let isInline = seed % 5 == 0
            func difference(_ steps: [RedisGenerator.Step]) throws -> RedisComparison.Difference? {
                try servers.compare(steps.flatMap(\.self), pieces, encode: isInline ? \.lineOrArray : \.array)
            }
            guard let first = try difference(steps) else { return true }
            let smallest = try shrink(steps) { try difference($0) != nil }
            let requests = smallest.flatMap(\.self).map { "    \($0)\n" }.joined()
            let last = try difference(smallest) ?? first
            Issue.record("FUZZ_SEED=\(seed), \(pieces): these requests differ:\n\(requests)\(last)")
            return false
        }
    }

    @Test(arguments: RedisCommandTests.stages) func mutatedStreams(stage: Stage) throws {
        try compareStreams("mutated streams, \(stage)", on: stage, count: 300) { seed in
            var mutator = RedisMutator(seed: seed)
            return mutator.mutatedStream()
        }
    }

    @Test(arguments: RedisCommandTests.stages) func garbage(stage: Stage) throws {
        try compareStreams("garbage, \(stage)", on: stage, count: 300) { seed in
            var mutator = RedisMutator(seed: seed)
            return mutator.garbage()
        }
    }

    private func compareStreams(
        _ name: String, on stage: Stage, count: Int, _ stream: (UInt64) -> [UInt8]
    ) throws {
        let servers = try RedisComparison(stage)
        try FuzzSettings(name: name, count: count).run { seed in
            let bytes = stream(seed)
            let pieces = [Pieces.whole, .random(.init(seed: seed)), .bytes][Int(seed % 8 == 0 ? 2 : seed % 2)]
            guard let first = try servers.compare(bytes, pieces) else { return true }
            let smallest = try shrink(bytes) { try servers.compare($0, pieces) != nil }
            let last = try servers.compare(smallest, pieces) ?? first
            Issue.record("FUZZ_SEED=\(seed), \(pieces): this stream differs:\n  \(smallest.quoted)\n  \(last)")
            return false
        }
    }
}
