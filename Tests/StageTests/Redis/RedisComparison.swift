// A stage and a redis-server under the same bytes.

import LabKit

/// Redis, and a stage that is to answer as Redis does.
final class RedisComparison {
    let redis: RedisServer
    let stage: ServerProcess
    private let redisControl: TestClient
    private let stageControl: TestClient

    init(_ stage: Stage, redisOptions: [String] = [], stageOptions: [String] = []) throws {
        redis = try RedisServer(redisOptions)
        self.stage = try ServerProcess(stage, stageOptions)
        redisControl = try redis.connect()
        stageControl = try self.stage.newClient()
        // From here on both are served: a server with several loops may take a later connection before an earlier one.
        try flush()
    }

    private func flush() throws {
        _ = try redisControl.ask("FLUSHALL")
        _ = try stageControl.ask("FLUSHALL")
    }

    /// What each does with a stream, Redis first.
    func outcomes(_ stream: [UInt8], _ pieces: Pieces, until ending: Ending) throws -> (Outcome, Outcome) {
        (
            try exchange(port: redis.port, stream, pieces, until: ending),
            try exchange(port: stage.port, stream, pieces, until: ending)
        )
    }

    /// Sends `requests` to both as one stream, and compares reply by reply.
    ///
    /// - Returns: where they did not do the same.
    func compare(
        _ requests: [RedisRequest], _ pieces: Pieces, encode: (RedisRequest) -> [UInt8] = \.array
    ) throws -> String? {
        try flush()
        // The reply to the last request says that all have been answered. QUIT says it by itself.
        let sentinel = RedisRequest("ECHO end-of-the-stream")
        let ends = requests.last?.name == "quit"
        // It must not be queued: where no MULTI is open, DISCARD is an error in both.
        let stream = (ends ? requests : requests + [RedisRequest("DISCARD"), sentinel]).flatMap(encode)
        let ending = ends ? Ending.closedByServer : .reply("$17\r\nend-of-the-stream\r\n".bytes)
        let (first, second) = try outcomes(stream, pieces, until: ending)
        if first.bytes == second.bytes && first.fate == second.fate { return nil }
        let fates = "redis: \(first.fate), stage: \(second.fate)"
        guard let redis = RedisReply.decodeAll(first.bytes), let stage = RedisReply.decodeAll(second.bytes) else {
            return "no replies; redis: \(first.bytes.inQuotes), stage: \(second.bytes.inQuotes); \(fates)"
        }
        let difference = RedisRequest.difference(requests, ("redis", redis), ("stage", stage))
        return difference == nil && first.fate == second.fate ? nil : (difference ?? "") + fates
    }

    /// Sends bytes that may be anything to both, and compares all that comes back.
    func compare(_ stream: [UInt8], _ pieces: Pieces) throws -> String? {
        try repeating {
            try flush()
            let redis = try exchange(port: redis.port, stream, pieces, until: .halfClose)
            // After a protocol error, the server must close without waiting for the client to do so.
            let lastLine = redis.bytes.dropLast(2).split(separator: UInt8(ascii: "\n")).last ?? []
            let closes = lastLine.starts(with: "-ERR Protocol error".utf8) && redis.bytes.suffix(2) == [13, 10]
            return (redis, try exchange(port: stage.port, stream, pieces, until: closes ? .closedByServer : .halfClose))
        }
    }

    /// Sends to both what each must end by closing, and compares all that comes back.
    func compareClosing(_ stream: [UInt8], _ pieces: Pieces) throws -> String? {
        try repeating { try outcomes(stream, pieces, until: .closedByServer) }
    }

    /// A server that closes while bytes wait that it has not read resets the connection, and the kernel then drops
    /// what it has not sent yet of the last replies. TCP promises nothing here, Redis neither: a conversation that
    /// ended so proves something only when it ends so every time.
    private func repeating(_ run: () throws -> (redis: Outcome, stage: Outcome)) rethrows -> String? {
        var outcomes = try run()
        func isSame() -> Bool { outcomes.redis.bytes == outcomes.stage.bytes && outcomes.stage.fate == .closed }
        for _ in 0..<4 where !isSame() && (outcomes.redis.isReset || outcomes.stage.isReset) {
            outcomes = try run()
        }
        if isSame() { return nil }
        let (redis, stage) = outcomes
        let same = zip(redis.bytes, stage.bytes).prefix { $0 == $1 }.count
        return """
            the same for \(same) bytes, then
              redis: \(Array(redis.bytes.dropFirst(same)).inQuotes), \(redis.fate)
              stage: \(Array(stage.bytes.dropFirst(same)).inQuotes), \(stage.fate)
            """
    }
}
