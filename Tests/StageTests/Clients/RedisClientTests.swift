// The programs that people use with Redis, against every server that speaks their protocol: redis-cli, redis-benchmark, nc, redis-py.

@preconcurrency import Glibc
import LabKit
import Shared
import TestSupport
import Testing

@Suite("Redis: clients")
struct RedisClientTests {
    private static let hasTools: ConditionTrait = .enabled(
        if: Programs.path(of: "redis-cli") != nil && Programs.path(of: "redis-benchmark") != nil,
        "needs redis-cli and redis-benchmark on PATH (Debian: redis-tools)")

    /// Runs a program to its end; nothing may be left of it.
    ///
    /// - Returns: what it printed.
    static func run(_ command: [String], status expected: ServerProcess.ExitStatus = .exited(0)) throws -> String {
        let process = try ServerProcess(command: command, wireProtocol: .resp2)
        let status = process.wait(within: 2 * Patience.milliseconds)
        try #require(status == expected, "\(command) ended with \(String(describing: status)): \(process.output)")
        return process.output
    }

    /// The same for redis-cli.
    private func redisCLI(_ server: ServerProcess, _ words: [String]) throws -> String {
        try Self.run(["redis-cli", "-p", "\(server.port)"] + words)
    }

    // MARK: redis-cli

    /// Everything that a script says to Redis, of which no reply depends on the clock or the server.
    private static let lines = (RedisScripts.commands + RedisScripts.expiry).flatMap(\.requests)
        .filter { !["", "ttl", "pttl"].contains($0.name) }
        .map { String(decoding: $0.line, as: UTF8.self) }

    @Test(hasTools, .enabled(if: RedisServer.isInstalled, RedisServer.isMissing)) func commandLineScript() throws {
        let redis = try RedisServer()
        let script = "FLUSHALL\n" + Self.lines.joined()
        for stage in RedisCommandTests.stages {
            let server = try ServerProcess(stage)
            for options in [["--no-raw"], ["-3", "--no-raw"], ["-2"]] {
                let outputs = try [redis.port, server.port].map { port in
                    let program = #"printf %s "$0" | redis-cli -p "$@""#
                    return try Self.run(["sh", "-c", program, script, "\(port)"] + options)
                }
                let lines = outputs.map { $0.split(whereSeparator: \.isNewline) }
                let difference = zip(lines[0], lines[1]).first { $0 != $1 }.map { "\($0), \($1)" }
                #expect(difference == nil, "\(stage), \(options)")
                #expect(lines[0].count == lines[1].count && lines[0].count > Self.lines.count / 2)
            }
        }
    }

    /// As a person types it into a shell.
    @Test(hasTools, arguments: RedisCommandTests.stages) func commandLine(stage: Stage) throws {
        let server = try ServerProcess(stage)
        let replies = [
            ("PING", "PONG"), ("SET k 10", "OK"), ("GET k", "10"), ("INCR k", "11"), ("MGET k m", "11\n"),
            ("DEL k", "1"), ("GET k", ""), ("QUIT", "OK"), ("INFO", nil), ("COMMAND", nil), ("CONFIG GET *", nil),
            ("CLIENT ID", nil), ("HELLO", nil),
        ]
        for options in [[], ["-3"]] {
            for (request, reply) in replies {
                let output = try redisCLI(server, options + request.split(separator: " ").map { String($0) })
                #expect(
                    reply.map { output == $0 + "\n" } ?? !output.contains("ERR"), "\(request) \(options): \(output)")
            }
        }
    }

    @Test(hasTools, arguments: RedisCommandTests.stages) func massInsertion(stage: Stage) throws {
        let server = try ServerProcess(stage)
        let program = #"seq 100000 | sed 's/.*/SET key:& value:&\r/' | redis-cli -p "$0" --pipe"#
        let output = try Self.run(["sh", "-c", program, "\(server.port)"])
        #expect(output.contains("errors: 0, replies: 100000"))
        let client = try server.newClient()
        #expect(try client.ask("DBSIZE") == .integer(100_000))
        #expect(try client.ask("GET key:77777") == .string("value:77777"))
    }

    /// The modes of redis-cli that go through all keys.
    @Test(hasTools, arguments: RedisCommandTests.stages) func scanningModes(stage: Stage) throws {
        let server = try ServerProcess(stage)
        let client = try server.newClient()
        for number in 0..<1000 { _ = try client.ask("SET key:\(number) \(number)") }
        _ = try client.call(["SET".bytes, "biggest".bytes, "a value that is longer than the others".bytes])
        func run(_ options: String...) throws -> String { try redisCLI(server, options) }
        #expect(try run("--scan").split(separator: "\n").count == 1001)
        #expect(try run("--scan", "--pattern", "key:9?").split(separator: "\n").count == 10)
        #expect(try run("-3", "--scan").split(separator: "\n").count == 1001)
        #expect(try run("--bigkeys").contains(#"Biggest string found '"biggest"' has 38 bytes"#))
        let usage = try run("--memkeys")
        #expect(usage.contains("Sampled 1001 keys") && usage.contains(#"Biggest string found '"biggest"'"#), "\(usage)")
        #expect(!usage.contains("Warning"), "\(usage)")
        // Its own help, which it keeps to where COMMAND DOCS is an error.
        #expect(try run("help", "get").contains("Get the value of a key"))
    }

    /// The modes of redis-cli that go on until they are ended.
    @Test(hasTools, arguments: RedisCommandTests.stages) func watchingModes(stage: Stage) throws {
        let server = try ServerProcess(stage)
        // What it shows: the keys, memory, clients and requests; the shortest, longest and mean time and their number.
        for (mode, header, row) in [("--stat", ["keys", "connections"], "(+"), ("--latency", [], "0 ")] {
            let client = try ServerProcess(
                command: ["stdbuf", "-oL", "redis-cli", "-p", "\(server.port)", mode], wireProtocol: .resp2)
            // One line of numbers after the other; the first is enough.
            let line = client.waitForLine(timeout: Patience.seconds) { $0.contains(row) }
            #expect(line != nil && header.allSatisfy { client.output.contains($0) }, "\(mode): \(client.output)")
            #expect(!client.output.contains("-9223372036854775808") && !client.output.contains("rror"), "\(mode)")
            _ = client.end(with: SIGKILL)
        }
    }

    // MARK: redis-benchmark, nc

    /// Without `-t` it stops at the first command that does not exist, by its own decision; until then all is well.
    @Test(hasTools, arguments: RedisCommandTests.stages, [true, false])
    func benchmark(stage: Stage, isWhole: Bool) throws {
        let server = try ServerProcess(stage)
        let options = isWhole ? ["-n", "2000"] : ["-t", "ping,set,get,incr,mset", "-n", "20000"]
        let output = try Self.run(
            ["redis-benchmark", "-p", "\(server.port)", "-P", "16", "-q"] + options, status: .exited(isWhole ? 1 : 0))
        for test in ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR"] + (isWhole ? [] : ["MSET (10 keys)"]) {
            #expect(output.contains("\(test): "), "\(output)")
        }
        if isWhole { return }
        #expect(output.split(separator: "requests per second").count == 7, "\(output)")
        #expect(!output.contains("rror") && !output.contains("WARN"), "\(output)")
    }

    @Test(.enabled(if: Programs.path(of: "nc") != nil, "needs nc on PATH (Debian: netcat-openbsd)"))
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

    private static let hasPython = (try? TestProcess.run(["python3", "-c", "import redis"]))?.status == .exited(0)

    /// The script checks every reply by itself and prints what it did.
    @Test(
        .enabled(if: hasPython, "needs python3 with redis-py (pip install redis)"), arguments: RedisCommandTests.stages,
        ["", "2", "3"])
    func python(stage: Stage, protocolVersion: String) throws {
        let server = try ServerProcess(stage)
        let script = Checkout.folder + "/Tests/StageTests/Clients/redis_clients.py"
        let output = try Self.run(["python3", script, "\(server.port)", protocolVersion])
        #expect(output.hasSuffix("all replies are right\n"), "\(output)")
    }
}
