// A stage and a redis-server under the same bytes.

import LabKit
import Shared

/// Redis, and a stage that is to answer as Redis does.
final class RedisComparison {
    let redis: RedisServer
    let stage: ServerProcess
    private var redisControl: Client
    private var stageControl: Client

    init(_ stage: Stage, redisOptions: [String] = [], stageOptions: [String] = []) throws {
        redis = try RedisServer(redisOptions)
        self.stage = try ServerProcess(stage, stageOptions)
        redisControl = try redis.connect()
        stageControl = try self.stage.connect(timeout: Patience.seconds)
    }

    /// Where the two did not do the same.
    struct Difference: CustomStringConvertible {
        let description: String
    }

    private func flush() throws {
        _ = try redisControl.call("FLUSHALL")
        _ = try stageControl.call("FLUSHALL")
    }

    /// What each does with a stream, Redis first.
    func outcomes(_ stream: [UInt8], _ pieces: Pieces, until ending: Ending) throws -> (Outcome, Outcome) {
        (
            try exchange(port: redis.port, stream, pieces, until: ending),
            try exchange(port: stage.port, stream, pieces, until: ending)
        )
    }

    /// Sends `requests` to both as one stream, and compares reply by reply.
    func compare(
        _ requests: [RedisRequest], _ pieces: Pieces, encode: (RedisRequest) -> [UInt8] = \.array
    ) throws -> Difference? {
        try flush()
        // The reply to the last request says that all have been answered. QUIT says it by itself.
        let sentinel = RedisRequest("ECHO end-of-the-stream")
        let ends = requests.last?.name == "quit"
        // It must not be queued: where no MULTI is open, DISCARD is an error in both.
        let stream = (ends ? requests : requests + [RedisRequest("DISCARD"), sentinel]).flatMap(encode)
        let ending = ends ? Ending.closedByServer : .reply(Array("$17\r\nend-of-the-stream\r\n".utf8))
        let (first, second) = try outcomes(stream, pieces, until: ending)
        if first == second { return nil }
        return difference(requests, first, second)
    }

    private func difference(_ requests: [RedisRequest], _ first: Outcome, _ second: Outcome) -> Difference? {
        let fates = "redis: \(first.fate), stage: \(second.fate)"
        guard let redis = RedisReply.decodeAll(first.bytes), let stage = RedisReply.decodeAll(second.bytes) else {
            return Difference(
                description: "no replies; redis: \(first.bytes.quoted), stage: \(second.bytes.quoted); \(fates)")
        }
        let (unfoldedRedis, unfoldedStage) = (
            RedisRequest.unfold(requests, redis), RedisRequest.unfold(requests, stage)
        )
        let differing = zip(unfoldedRedis, unfoldedStage).map { ($0.0, ($0.1, $1.1)) }.filter { request, replies in
            !request.allows(replies.0, replies.1)
        }
        if !differing.isEmpty {
            let lines = differing.prefix(5).map { "\($0)\n  redis: \($1.0)\n  stage: \($1.1)\n" }
            return Difference(description: lines.joined())
        }
        if redis.count == stage.count && first.fate == second.fate { return nil }
        return Difference(description: "\(redis.count) replies of redis, \(stage.count) of the stage; \(fates)")
    }

    /// Sends bytes that may be anything to both, and compares all that comes back.
    func compare(_ stream: [UInt8], _ pieces: Pieces) throws -> Difference? {
        try repeating {
            try flush()
            let redis = try exchange(port: redis.port, stream, pieces, until: .halfClose)
            // After a protocol error, the server must close without waiting for the client to do so.
            let lastLine = redis.bytes.dropLast(2).split(separator: UInt8(ascii: "\n")).last ?? []
            let closes = lastLine.starts(with: "-ERR Protocol error".utf8) && redis.bytes.suffix(2) == [13, 10]
            let stage = try exchange(port: stage.port, stream, pieces, until: closes ? .closedByServer : .halfClose)
            let expected = Outcome(bytes: redis.bytes, fate: closes ? .closed : .ended, isReset: redis.isReset)
            return (expected, stage)
        }
    }

    /// Sends to both what each must end by closing, and compares all that comes back.
    func compareClosing(_ stream: [UInt8], _ pieces: Pieces) throws -> Difference? {
        try repeating {
            let (redis, stage) = try outcomes(stream, pieces, until: .closedByServer)
            return (Outcome(bytes: redis.bytes, fate: .closed, isReset: redis.isReset), stage)
        }
    }

    /// A server that closes while bytes wait that it has not read resets the connection, and the kernel then drops
    /// what it has not sent yet of the last replies. TCP promises nothing here, Redis neither: a conversation that
    /// ended so proves something only when it ends so every time.
    private func repeating(_ run: () throws -> (redis: Outcome, stage: Outcome)) rethrows -> Difference? {
        var outcomes = try run()
        for _ in 0..<4 where outcomes.redis != outcomes.stage && (outcomes.redis.isReset || outcomes.stage.isReset) {
            outcomes = try run()
        }
        let (redis, stage) = outcomes
        if redis == stage { return nil }
        let same = zip(redis.bytes, stage.bytes).prefix { $0 == $1 }.count
        return Difference(
            description: """
                the same for \(same) bytes, then
                  redis: \(redis.bytes.dropFirst(same).quoted), \(redis.fate)
                  stage: \(stage.bytes.dropFirst(same).quoted), \(stage.fate)
                """)
    }
}
