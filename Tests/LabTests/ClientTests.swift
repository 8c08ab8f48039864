import LabKit
import Shared
import Testing

@testable import lab

@Suite("Interactive client") struct ClientTests {
    private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

    @Test(arguments: [
        (Reply.null, "(nil)\n", ""), (.integer(-7), "(integer) -7\n", "-7"), (.status("OK".bytes), "OK\n", "OK"),
        (.error("ERR no".bytes), "(error) ERR no\n", "ERR no\n"),
        (
            .string("a\"b\\\r\n\t\u{7}\u{8}\u{0}".bytes), #""a\"b\\\r\n\t\a\b\x00""# + "\n",
            "a\"b\\\r\n\t\u{7}\u{8}\u{0}"
        ),
        (.array([]), "(empty array)\n", ""), (.map([]), "(empty hash)\n", ""),
        (
            .array([.integer(1), .array([.null, .string([0x61])]), .integer(2)]),
            "1) (integer) 1\n2) 1) (nil)\n   2) \"a\"\n3) (integer) 2\n", "1\n\na\n2"
        ),
        (
            .map([[.string([0x61]), .integer(1)], [.string([0x62]), .array([.integer(2), .integer(3)])]]),
            "1# \"a\" => (integer) 1\n2# \"b\" => 1) (integer) 2\n   2) (integer) 3\n", "a 1\nb 2\n3"
        ),
    ])
    func replies(_ reply: Reply, _ forTerminal: String, _ raw: String) {
        #expect(text(ReplyFormat.forTerminal(reply)) == forTerminal)
        #expect(text(ReplyFormat.raw(reply)) == raw)
    }

    @Test("numbers of long arrays are aligned")
    func longArray() {
        let reply = Reply.array((1...10).map { .array([.integer(Int64($0)), .null]) })
        let lines = text(ReplyFormat.forTerminal(reply)).split(separator: "\n")
        #expect(lines[0] == " 1) 1) (integer) 1")
        #expect(lines[1] == "    2) (nil)")
        #expect(lines[18] == "10) 1) (integer) 10")
    }

    @Test(arguments: [
        ("", []), ("  \t ", []), ("GET a", ["GET", "a"]), (#"SET "a b" 'c "d'"#, ["SET", "a b", #"c "d"#]),
        (#"a\n "a\n\x41\"\\\q""#, [#"a\n"#, "a\nA\"\\q"]), (#"'it\'s' 'a\n'"#, ["it's", #"a\n"#]),
        (#"x"y" "" '' "\xzz""#, ["xy", "", "", "xzz"]),
    ])
    func words(_ line: String, _ words: [String]) {
        #expect(RESPCodec.words(line.bytes)?.map(text) == words)
    }

    @Test(arguments: [#"a "b"#, "a 'b", #""a"b"#, "'a'b", #"""#, #""\"#])
    func unbalanced(_ line: String) {
        #expect(RESPCodec.words(line.bytes) == nil)
    }

    // MARK: The command itself

    /// Runs a line of shell; returns what it printed.
    private func output(_ command: String, status: Int32 = 0) throws -> String {
        let process = try ServerProcess(command: ["sh", "-c", command], wireProtocol: .resp2)
        #expect(process.wait(within: 30_000) == .exited(status))
        return process.output
    }

    private var lab: String { "'\(ServerProcess.buildFolder)/lab'" }

    @Test("one command, and several from standard input", arguments: [Stage.sync, .pipelining])
    func command(_ stage: Stage) throws {
        let server = try ServerProcess(stage)
        let client = "\(lab) client --stage \(stage.key) --port \(server.port)"
        #expect(try output("\(client) SET a 'b c'") == "OK\n")
        #expect(try output("\(client) GET a") == "b c\n")
        #expect(try output("\(client) GET", status: 1).hasPrefix("ERR wrong number of arguments"))
        let lines = #"SET n 1\n\nINCR n\nMGET a n x\nSET \"\nexit\nPING\n"#
        #expect(try output("printf '\(lines)' | \(client)") == "OK\n2\nb c\n2\n\nInvalid argument(s)\n")
    }

    @Test("HELP lists the server's commands", arguments: [Stage.sync, .pipelining])
    func help(_ stage: Stage) throws {
        let server = try ServerProcess(stage)
        let text = try output("\(lab) client --stage \(stage.key) --port \(server.port) help")
        let names = text.split(whereSeparator: \.isWhitespace)
        #expect(names.contains("PING") && names.contains("GET") && names.count > 40)
        #expect(names == names.sorted() && text.split(separator: "\n").allSatisfy { $0.count <= 80 })
    }

    @Test func infoIsLines() {
        let info = Reply.string("# Server\r\nredis_version:7\r\n".bytes)
        #expect(text(ReplyFormat.forTerminal(info, to: ["info".bytes])) == "# Server\nredis_version:7\n")
        #expect(text(ReplyFormat.forTerminal(info, to: ["GET".bytes, "INFO".bytes])).hasPrefix("\"# Server\\r"))
        #expect(text(ReplyFormat.forTerminal(.null, to: ["INFO".bytes])) == "(nil)\n")
    }

    /// The guess is made soon, and only before the first reply.
    @Test func theWrongProtocolIsGuessed() throws {
        let server = try ServerProcess(.sync)
        let lines = "printf 'PING\\nPING\\n'"
        let said = try output("\(lines) | \(lab) client --port \(server.port) --protocol resp 2>&1")
        #expect(said.contains("does it speak this protocol? See --protocol"))
        var first = try server.connect()
        _ = try first.call("PING")
        // Stage 1 is busy with the first client.
        let waiting = try TourRun.start(["client", "--stage", "1", "--port", "\(server.port)", "PING"])
        let hint = waiting.waitForLine {
            $0.contains("no reply yet: the server is busy with another client; or does it")
        }
        #expect(hint != nil, "\(waiting.output)")
    }

    @Test("what cannot be done is said, with status 1")
    func failures() throws {
        let server = try ServerProcess(.pipelining)
        let port = server.port
        server.end()
        #expect(try output("\(lab) client --port \(port) PING", status: 1).contains("swift run Stage5-Pipelining"))
        let keys = Stage.all.map(\.key).joined(separator: ", ")
        #expect(try output("\(lab) client --stage 6", status: 1).contains("--stage takes \(keys), not '6'"))
        #expect(try output("\(lab) load", status: 1).hasPrefix("lab load: give either --stage"))
        #expect(try output("\(lab) nonsense", status: 1).contains("there is no command 'nonsense'"))
        for command in ["load", "versus", "client"] {
            #expect(try output("\(lab) \(command) --help").hasPrefix("usage: lab \(command)"))
        }
    }

    private static let hasRedisCli = Programs.path(of: "redis-cli") != nil

    @Test(
        "looks like redis-cli", .enabled(if: hasRedisCli, "needs redis-cli (Debian: redis-tools)"),
        arguments: [
            "PING", "SET a 1", "GET a", "GET nothing", "STRLEN a", "MGET a b a", "MGET b", "NONSENSE", "GET",
            #"SET q "a\"b\\\x01\r\né""#, "GET q", "CONFIG GET nothing", "CONFIG GET save", "ECHO ''", "TTL a",
        ])
    func likeRedisCli(_ line: String) throws {
        let server = try ServerProcess(.pipelining)
        var client = try server.connect()
        _ = try client.call("SET", "a", "41")
        _ = try client.call(["SET".bytes, "q".bytes, [0, 34, 92, 255, 65]])
        let words = try #require(RESPCodec.words(line.bytes))
        // Sent through standard input, where redis-cli cuts the line into words itself.
        let escaped = line.replacing("'", with: "'\\''")
        let piped = "printf '%s\\n' '\(escaped)' | "
        let cli = "redis-cli -p \(server.port)"
        let expected = (try output("\(piped) FAKETTY=1 \(cli)"), try output("\(piped) \(cli)"))
        let reply = try client.call(words)
        #expect(text(ReplyFormat.forTerminal(reply)) == expected.0)
        #expect(text(ReplyFormat.raw(reply)) + "\n" == expected.1)
    }
}
