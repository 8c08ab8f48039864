// The command line: what is understood, and what is said about the rest.

import Testing

@testable import Shared

@Suite("ServerOptions") struct ServerOptionsTests {
    private func parse(
        _ arguments: String..., extras: [ServerOptions.Extra] = [.workers, .idleTimeout]
    ) throws -> ServerOptions {
        var options = ServerOptions(stage: "Stage")
        #expect(try options.parse(arguments, extras) == true)
        return options
    }

    @Test func nothingLeavesTheDefaults() throws {
        let options = try parse()
        #expect(options.stage == "Stage")
        #expect(options.host == "127.0.0.1")
        #expect(options.port == 7379)
        #expect(options.maxConnections == 10_000)
        #expect(options.idleTimeout == 0)
        #expect(options.maxMemory == 0)
        #expect(options.workers == 4)
    }

    @Test func everyOptionIsUnderstood() throws {
        let options = try parse(
            "--port", "0", "--host", "::1", "--max-connections", "5", "--max-memory", "9223372036854775807",
            "--workers", "7", "--idle-timeout", "60")
        #expect(options.host == "::1")
        #expect(options.port == 0)
        #expect(options.maxConnections == 5)
        #expect(options.maxMemory == .max)
        #expect(options.workers == 7)
        #expect(options.idleTimeout == 60)
    }

    @Test func aValueMayStandBehindAnEqualsSign() throws {
        let options = try parse("--port=0", "--host=a=b", "--workers=10000", "--port=65535")
        #expect(options.port == 65535, "the last one counts")
        #expect(options.host == "a=b")
        #expect(options.workers == 10_000)
    }

    @Test(arguments: [
        (["--nope"], "unknown option --nope; --help lists the options"),
        (["--nope=1"], "unknown option --nope=1; --help lists the options"),
        (["7379"], "unknown option 7379; --help lists the options"),
        ([""], "unknown option ; --help lists the options"),
        (["--PORT", "1"], "unknown option --PORT; --help lists the options"),
        (["--workers", "1"], "unknown option --workers; --help lists the options"),
        (["--idle-timeout", "1"], "unknown option --idle-timeout; --help lists the options"),
        (["--port"], "--port needs a value; --help lists the options"),
        (["--port", "1", "--host"], "--host needs a value; --help lists the options"),
        (["--port="], "--port takes a number from 0 to 65535, not ''"),
        (["--port", "x"], "--port takes a number from 0 to 65535, not 'x'"),
        (["--port", "-1"], "--port takes a number from 0 to 65535, not '-1'"),
        (["--port", "65536"], "--port takes a number from 0 to 65535, not '65536'"),
        (["--port", "--host"], "--port takes a number from 0 to 65535, not '--host'"),
        (["--max-connections=0"], "--max-connections takes a number from 1 to 1000000, not '0'"),
        (["--max-memory=-1"], "--max-memory takes a number from 0 to 9223372036854775807, not '-1'"),
    ])
    func mistakesAreNamed(_ arguments: [String], _ message: String) {
        var options = ServerOptions(stage: "Stage")
        #expect(throws: ServerOptions.UsageError(message: message)) { try options.parse(arguments) }
    }

    @Test(arguments: [["--help"], ["-h"], ["--port", "1", "--help", "--nope"]])
    func helpIsAskedFor(_ arguments: [String]) throws {
        var options = ServerOptions(stage: "Stage")
        #expect(try options.parse(arguments) == false)
    }

    /// Each option is listed where it is understood, and nowhere else; all in one column.
    @Test func usageListsWhatIsUnderstood() {
        let options = ServerOptions(stage: "Stage")
        let usage = options.usage([])
        #expect(usage.hasPrefix("usage: Stage [options]\n  --host ADDRESS "))
        #expect(usage.hasSuffix("print this and exit\n"))
        for name in ["--port PORT", "--max-connections N", "--max-memory BYTES"] { #expect(usage.contains(name)) }
        #expect(!usage.contains("--workers") && !usage.contains("--idle-timeout"))
        #expect(options.usage([.workers]).contains("--workers N"))
        #expect(options.usage([.idleTimeout]).contains("--idle-timeout SECONDS"))
        let column = usage.split(separator: "\n").dropFirst().map { line in
            line.dropFirst(22).prefix { $0 == " " }.count
        }
        #expect(Set(column).count == 1 || column.allSatisfy { $0 < 3 })
    }
}
