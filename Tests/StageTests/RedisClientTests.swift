// The programs that people use with Redis, against stages 4 and 5: redis-cli, redis-benchmark, nc, redis-py.

import LabKit
import Testing

@testable import Shared

@Suite("Redis: clients")
struct RedisClientTests {
    private static let noTools: Comment = "needs redis-cli and redis-benchmark on PATH (Debian: redis-tools)"

    /// Runs a program to its end; nothing may be left of it.
    private func run(_ command: [String]) throws -> String {
        let process = try ServerProcess(command: command, wireProtocol: .resp2)
        let status = process.wait(within: 2 * Patience.milliseconds)
        try #require(status == .exited(0), "\(command) ended with \(String(describing: status)): \(process.output)")
        return process.output
    }

    // MARK: redis-cli

    /// Everything that a script says to Redis, of which no reply depends on the clock or the server.
    private static let lines =
        (RedisScripts.commands.sorted { $0.key < $1.key }.flatMap(\.value)
        + RedisScripts.expiry.sorted { $0.key < $1.key }.flatMap(\.value))
        .map { RedisRequest($0) }
        .filter { !$0.name.isEmpty && !["ttl", "pttl"].contains($0.name) }
        .map { String(decoding: $0.line, as: UTF8.self) }

    @Test(.enabled(if: Tool.isInstalled("redis-cli") && RedisServer.isInstalled, noTools))
    func commandLineScript() throws {
        let redis = try RedisServer()
        let script = "FLUSHALL\n" + Self.lines.joined()
        for stage in RedisCommandTests.stages {
            let server = try ServerProcess(stage)
            for options in [["--no-raw"], ["-3", "--no-raw"], ["-2"]] {
                let outputs = try [redis.port, server.port].map { port in
                    let program = #"printf %s "$0" | redis-cli -p "$@""#
                    return try run(["sh", "-c", program, script, "\(port)"] + options)
                }
                let lines = outputs.map { $0.split(whereSeparator: \.isNewline) }
                let difference = zip(lines[0], lines[1]).first { $0 != $1 }.map { "\($0), \($1)" }
                #expect(difference == nil, "\(stage), \(options)")
                #expect(lines[0].count == lines[1].count && lines[0].count > Self.lines.count / 2)
            }
        }
    }

    /// Every command as a person types it into a shell.
    @Test(.enabled(if: Tool.isInstalled("redis-cli"), noTools), arguments: RedisCommandTests.stages)
    func commandLine(stage: Stage) throws {
        let server = try ServerProcess(stage)
        let replies = [
            ("PING", "PONG"), ("ECHO hello", "hello"), ("SET k 10", "OK"), ("GET k", "10"), ("EXISTS k", "1"),
            ("STRLEN k", "2"), ("APPEND k 0", "3"), ("INCR k", "101"), ("DECR k", "100"), ("INCRBY k 5", "105"),
            ("DECRBY k 5", "100"), ("MSET a 1 b 2", "OK"), ("MGET a b", "1\n2"), ("DEL a b", "2"),
            ("EXPIRE k 100000", "1"), ("PEXPIRE k 100000000", "1"), ("EXPIREAT k 99999999999", "1"),
            ("PEXPIREAT k 99999999999000", "1"), ("PERSIST k", "1"), ("TTL k", "-1"), ("PTTL k", "-1"),
            ("TYPE k", "string"),
            ("DBSIZE", "1"), ("FLUSHDB", "OK"), ("FLUSHALL", "OK"), ("SELECT 0", "OK"), ("GET k", ""),
            ("CLIENT SETNAME me", "OK"), ("QUIT", "OK"),
        ]
        for options in [[], ["-3"]] {
            for (request, reply) in replies {
                let words = request.split(separator: " ").map { String($0) }
                let output = try run(["redis-cli", "-p", "\(server.port)"] + options + words)
                #expect(output == reply + "\n", "\(request) \(options)")
            }
            for request in ["INFO", "COMMAND", "COMMAND DOCS", "CONFIG GET *", "CLIENT ID", "HELLO"] {
                let words = request.split(separator: " ").map { String($0) }
                let output = try run(["redis-cli", "-p", "\(server.port)"] + options + words)
                #expect(!output.contains("ERR"), "\(request) \(options)")
            }
        }
    }

    @Test(.enabled(if: Tool.isInstalled("redis-cli"), noTools), arguments: RedisCommandTests.stages)
    func massInsertion(stage: Stage) throws {
        let server = try ServerProcess(stage)
        let program = #"seq 100000 | sed 's/.*/SET key:& value:&\r/' | redis-cli -p "$0" --pipe"#
        let output = try run(["sh", "-c", program, "\(server.port)"])
        #expect(output.contains("errors: 0, replies: 100000"))
        var client = try server.connect(timeout: Patience.seconds)
        #expect(try client.call("DBSIZE") == .integer(100_000))
        #expect(try client.call("GET", "key:77777") == .string(Array("value:77777".utf8)))
    }

    // MARK: redis-benchmark, nc

    @Test(.enabled(if: Tool.isInstalled("redis-benchmark"), noTools), arguments: RedisCommandTests.stages)
    func benchmark(stage: Stage) throws {
        let server = try ServerProcess(stage)
        let output = try run([
            "redis-benchmark", "-p", "\(server.port)", "-t", "ping,set,get,incr,mset", "-P", "16", "-n", "20000", "-q",
        ])
        for test in ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "MSET (10 keys)"] {
            #expect(output.contains("\(test): "), "\(output)")
        }
        #expect(output.split(separator: "requests per second").count == 7, "\(output)")
        #expect(!output.contains("rror") && !output.contains("WARN"), "\(output)")
    }

    @Test(.enabled(if: Tool.isInstalled("nc"), "needs nc on PATH (Debian: netcat-openbsd)"))
    func netcat() throws {
        for stage in RedisCommandTests.stages {
            let server = try ServerProcess(stage)
            let command = ["sh", "-c", #"printf 'PING\r\n' | nc 127.0.0.1 "$0""#, "\(server.port)"]
            let netcat = try ServerProcess(command: command, wireProtocol: .resp2)
            let deadline = Clock.monotonic + Patience.milliseconds
            while netcat.output != "+PONG\r\n", Clock.monotonic < deadline, netcat.readOutput(waiting: 1000) {}
            #expect(netcat.output == "+PONG\r\n")
            // Most versions of nc stay until the server closes.
            #expect(server.end() == .exited(0))
            #expect(netcat.wait(within: 2 * Patience.milliseconds) == .exited(0))
        }
    }

    // MARK: redis-py

    private static let hasPython = Tool.output(["python3", "-c", "import redis; print(redis.__version__)"]) != nil

    /// The script checks every reply by itself and prints what it did.
    @Test(
        .enabled(if: hasPython, "needs python3 with redis-py (pip install redis)"), arguments: RedisCommandTests.stages,
        ["", "2", "3"])
    func python(stage: Stage, protocolVersion: String) throws {
        let server = try ServerProcess(stage)
        let script =
            #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast()
            .joined(separator: "/") + "/redis_clients.py"
        let output = try run(["python3", script, "\(server.port)", protocolVersion])
        #expect(output.hasSuffix("all replies are right\n"), "\(output)")
    }
}
