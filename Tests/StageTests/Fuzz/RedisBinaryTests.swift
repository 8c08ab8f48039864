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
        let replies = try [binary, resp].map { server in
            ("\(server.wireProtocol)", try self.replies(to: all, of: server, isPipelined: isPipelined))
        }
        return RedisRequest.difference(all, replies[0], replies[1], allows: RedisRequest.allowsAcrossProtocols)
    }

    private func replies(
        to requests: [RedisRequest], of server: ServerProcess, isPipelined: Bool
    ) throws -> [RedisReply] {
        let client = try server.newClient()
        guard isPipelined else { return try requests.map { RedisReply(try client.call($0.arguments)) } }
        client.sendInBackground(requests.flatMap { server.wireProtocol.encode($0.arguments) })
        return try requests.map { _ in RedisReply(try client.receive()) }
    }

    @Test(arguments: stages) func scripts(stage: Stage) throws {
        let (binary, resp) = (try ServerProcess(stage), try ServerProcess(.pipelining))
        for (name, requests) in RedisScripts.groups.values.joined() {
            for isPipelined in [false, true] {
                let difference = try difference(requests, binary, resp, isPipelined: isPipelined)
                #expect(difference == nil, "\(name), pipelined: \(isPipelined)")
            }
        }
    }

    @Test(arguments: stages) func randomRequests(stage: Stage) throws {
        let (binary, resp) = (try ServerProcess(stage), try ServerProcess(.pipelining))
        try fuzzRequests("random requests, \(stage)", count: 80) { seed, requests in
            try difference(requests, binary, resp, isPipelined: seed % 2 == 0)
        }
    }
}

extension RedisRequest {
    /// Whether two replies say the same, each in its protocol. What a server tells of itself differs.
    fileprivate func allowsAcrossProtocols(_ binary: RedisReply, _ resp: RedisReply) -> Bool {
        let signs = [binary.sign, resp.sign]
        let areArrays = signs == "**".bytes && (name == "command" || binary.elements.count == resp.elements.count)
        return switch name {
        case "hello", "config", "command": binary == resp || areArrays
        case "info": binary == resp || signs == "$$".bytes
        default: allows(binary, resp)
        }
    }
}
