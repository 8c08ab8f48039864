// Stages 1 to 3 beside stage 5: the same requests through the two protocols get the same replies. As stage 5 is
// compared with redis-server, so in the end are all.

import LabKit
import Shared
import Testing

@Suite("Redis: stages 1 to 3 beside stage 5") struct RedisBinaryTests {
    private static let stages = [Stage.sync, .threads, .poll]

    /// The same requests to two servers, one connection each. Stage 1 serves one at a time, so it is closed after.
    private func difference(
        _ requests: [RedisRequest], _ binary: ServerProcess, _ resp: ServerProcess, isPipelined: Bool
    ) throws -> String? {
        let all = [RedisRequest("FLUSHALL")] + requests
        let first = try replies(to: all, of: binary, isPipelined: isPipelined)
        let second = try replies(to: all, of: resp, isPipelined: isPipelined)
        let differing = zip(RedisRequest.unfold(all, first), RedisRequest.unfold(all, second))
            .map { ($0.0, ($0.1, $1.1)) }.first { !$0.allows(binary: $1.0, resp: $1.1) }
        guard let (request, replies) = differing else {
            return first.count == second.count ? nil : "\(first.count) replies, and \(second.count) of stage 5"
        }
        return "\(request)\n  \(binary.wireProtocol): \(replies.0)\n  \(resp.wireProtocol): \(replies.1)"
    }

    private func replies(
        to requests: [RedisRequest], of server: ServerProcess, isPipelined: Bool
    ) throws -> [RedisReply] {
        var client = try server.connect(timeout: Patience.seconds)
        guard isPipelined else { return try requests.map { RedisReply(try client.call($0.arguments)) } }
        var stream = ByteBuffer()
        for request in requests { Client.encode(request.arguments, server.wireProtocol, into: &stream) }
        // The server can always hold so much, so it takes all of it though nobody reads the replies yet.
        try #require(stream.count < 60_000)
        try client.send(bytes: (0..<stream.count).map { stream.bytes[$0] })
        return try requests.map { _ in RedisReply(try client.receive()) }
    }

    @Test(arguments: stages) func scripts(stage: Stage) throws {
        let (binary, resp) = (try ServerProcess(stage), try ServerProcess(.pipelining))
        let scripts = RedisScripts.groups.values.flatMap(\.self)
        for (name, script) in scripts.sorted(by: { $0.key < $1.key }) {
            for isPipelined in [false, true] {
                let requests = script.map { RedisRequest($0) }
                let difference = try difference(requests, binary, resp, isPipelined: isPipelined)
                #expect(difference == nil, "\(name), pipelined: \(isPipelined)")
            }
        }
    }

    @Test(arguments: stages) func randomRequests(stage: Stage) throws {
        let (binary, resp) = (try ServerProcess(stage), try ServerProcess(.pipelining))
        try FuzzSettings(name: "random requests, \(stage)", count: 80).run { seed in
            var generator = RedisGenerator(seed: seed)
            let steps = generator.steps()
            let size = steps.joined().reduce(0) { $0 + $1.array.count }
            func find(_ steps: [RedisGenerator.Step]) throws -> String? {
                try difference(steps.flatMap(\.self), binary, resp, isPipelined: seed % 2 == 0 && size < 50_000)
            }
            guard let first = try find(steps) else { return true }
            let smallest = try shrink(steps) { try find($0) != nil }
            let requests = smallest.flatMap(\.self).map { "    \($0)\n" }.joined()
            Issue.record("FUZZ_SEED=\(seed): these requests differ:\n\(requests)\(try find(smallest) ?? first)")
            return false
        }
    }
}

extension RedisRequest {
    /// Whether two replies say the same, each in its protocol. What a server tells of itself differs.
    fileprivate func allows(binary: RedisReply, resp: RedisReply) -> Bool {
        let signs = [binary.sign, resp.sign]
        let areArrays = signs == "**".bytes && (name == "command" || binary.elements.count == resp.elements.count)
        return switch name {
        case "hello", "config", "command": binary == resp || areArrays
        case "info": binary == resp || signs == "$$".bytes
        default: allows(binary, resp)
        }
    }
}
