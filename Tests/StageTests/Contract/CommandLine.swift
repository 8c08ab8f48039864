// The command line, and what a program says when it cannot start.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

extension Contract {
    static let commandLineClauses = [
        Clause("--help lists the options and ends with status 0", help),
        Clause("a bad flag is one clear line on standard error and status 1", badFlags),
        Clause("a bad host is one clear line on standard error and status 1", badHosts),
        Clause("a port in use is one clear line on standard error and status 1", portInUse),
        Clause("the ready line says where it listens", readyLine),
        Clause("listening beyond this machine prints a warning", options: ["--host", "0.0.0.0"], warnsWhenReachable),
        Clause("--host :: is every address of IPv6, and none of IPv4", listensOnlyAtIPv6),
    ]

    /// Runs a stage that is to end by itself, and returns its status and what it printed, standard error apart.
    private static func run(
        _ stage: Stage, _ arguments: [String]
    ) throws -> (status: ServerProcess.ExitStatus?, output: String, errors: String) {
        let path = "\(ServerProcess.buildFolder)/\(stage.name)"
        func run(_ redirection: String) throws -> (ServerProcess.ExitStatus?, String) {
            try TestProcess.run(["sh", "-c", "exec \"$@\" \(redirection)", "sh", path] + arguments)
        }
        let (status, output) = try run("2>/dev/null")
        let (_, errors) = try run("2>&1 >/dev/null")
        return (status, output, errors)
    }

    /// Checks that a stage refuses to start, for a reason that it names.
    private static func expectRefusal(_ stage: Stage, _ arguments: [String], naming reason: String) throws {
        let (status, output, errors) = try run(stage, arguments)
        #expect(status == .exited(1), "\(arguments)")
        #expect(output.isEmpty, "\(arguments)")
        #expect(errors.hasPrefix("\(stage): ") && errors.contains(reason), "\(arguments): \(errors)")
        #expect(errors.hasSuffix("\n") && errors.split(separator: "\n").count == 1, "\(arguments): \(errors)")
    }

    private static func help(_ stage: Stage) throws {
        let (status, output, errors) = try run(stage, ["--help"])
        #expect(status == .exited(0))
        #expect(errors.isEmpty)
        #expect(output.hasPrefix("usage: \(stage) [options]\n"))
        for flag in ["--host", "--port", "--max-connections", "--max-memory", "--help"] {
            #expect(output.contains("  \(flag) "), "\(output)")
        }
        #expect(output.contains("--workers") == (stage.concurrency == .pool))
        #expect(output.contains("--idle-timeout") == stage.isLoop)
    }

    private static func badFlags(_ stage: Stage) throws {
        try expectRefusal(stage, ["--nonsense"], naming: "unknown option --nonsense")
        try expectRefusal(stage, ["--port", "65536"], naming: "0 to 65535")
        try expectRefusal(stage, ["--max-memory", "99999999999999999999"], naming: "--max-memory")
        let workers = stage.concurrency == .pool ? "1 to 10000" : "unknown option --workers"
        try expectRefusal(stage, ["--workers", "0"], naming: workers)
        if !stage.isLoop { try expectRefusal(stage, ["--idle-timeout", "1"], naming: "--idle-timeout") }
    }

    private static func badHosts(_ stage: Stage) throws {
        // A name that cannot be one is not looked up anywhere; the address is one that only documents use.
        try expectRefusal(stage, ["--port", "0", "--host", "a..b"], naming: "'a..b' names no address")
        try expectRefusal(stage, ["--port", "0", "--host", "203.0.113.7"], naming: "not an address of this machine")
    }

    private static func portInUse(_ server: ServerProcess, _ stage: Stage) throws {
        let reason = "port \(server.port) is in use"
        try expectRefusal(stage, ["--port", "\(server.port)"], naming: reason)
        try server.expectService(stage)
    }

    private static func readyLine(_ stage: Stage) throws {
        try withServer(stage) { server in
            #expect(server.output == "\(stage.name) listening on 127.0.0.1:\(server.port)\n")
            #expect(server.port > 0)
        }
        try withServer(stage, ["--host=localhost"]) { server in
            #expect(server.output == "\(stage.name) listening on localhost:\(server.port)\n")
        }
    }

    private static func listensOnlyAtIPv6(_ stage: Stage) throws {
        guard access("/proc/net/if_inet6", R_OK) == 0 else { return print("skipped: IPv6 of \(stage) needs IPv6") }
        try withServer(stage, ["--host", "::"]) { server in
            var client = try Client(host: "::1", port: server.port, wireProtocol: stage.wireProtocol)
            #expect(try client.call("PING") == stage.pong)
            #expect(throws: (any Error).self, "the same port of IPv4 is another program's") {
                _ = try Client(host: "127.0.0.1", port: server.port, wireProtocol: stage.wireProtocol)
            }
        }
    }

    private static func warnsWhenReachable(_ server: ServerProcess, _ stage: Stage) throws {
        let lines = server.output.split(separator: "\n")
        #expect(lines.count == 2 && lines[0].contains("no password"), "\(server.output)")
        #expect(lines.last == "\(stage.name) listening on 0.0.0.0:\(server.port)")
        try server.expectService(stage)
    }
}
