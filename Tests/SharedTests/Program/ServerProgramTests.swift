// The program around every stage: what it prints, where, and the status it ends with.

import Glibc
import Testing

@testable import Shared

@Suite("ServerProgram") struct ServerProgramTests {
    private static let streams: [any PartialKeyPath<ExitTest.Result> & Sendable] = [
        \.standardOutputContent, \.standardErrorContent,
    ]

    // The testing library may write before the program does, so only the end of each output is looked at.
    private func output(_ result: ExitTest.Result) -> String { text(result.standardOutputContent) }
    private func errors(_ result: ExitTest.Result) -> String { text(result.standardErrorContent) }

    @Test func runsAServerToItsEnd() async throws {
        let result = try await #require(processExitsWith: .exitCode(0), observing: Self.streams) {
            ServerProgram.run("Stage", arguments: ["--port=0", "--max-connections", "50"]) { options in
                ServerProgram.announce(options, port: 1234)
                ServerProgram.end(requests: options.maxConnections)
            }
        }
        let zeros = "served 0 connections, 50 requests; 0 bytes in 0 reads, 0 bytes in 0 writes; 0 waits\n"
        #expect(output(result).hasSuffix("Stage listening on 127.0.0.1:1234\n" + zeros))
        #expect(!errors(result).contains("Stage"))
    }

    @Test func warnsThatOtherMachinesCanConnect() async throws {
        let result = try await #require(processExitsWith: .exitCode(0), observing: Self.streams) {
            ServerProgram.run("Stage", arguments: ["--host", "::"]) { options in
                ServerProgram.announce(options, port: 1)
                var local = options
                local.host = "::1"
                ServerProgram.announce(local, port: 2)
            }
        }
        #expect(output(result).hasSuffix("Stage listening on [::]:1\nStage listening on [::1]:2\n"))
        #expect(errors(result).hasSuffix("Stage: [::] may be reached from other machines, and there is no password\n"))
    }

    /// Help is no failure. A mistake on the command line is one line, and so is a failure behind it.
    @Test(
        arguments: [
            (["--help"], 0, ServerOptions(stage: "Stage").usage([.workers]), ""),
            (["--port", "x"], 1, "", "Stage: --port takes a number from 0 to 65535, not 'x'\n"),
            ([], 1, "", "Stage: bind: Address already in use (errno 98): choose another\n"),
        ] as [([String], CInt, String, String)])
    func endsWithAStatus(_ arguments: [String], status: CInt, printed: String, warned: String) async throws {
        let result = try await #require(processExitsWith: .exitCode(status), observing: Self.streams) { [arguments] in
            ServerProgram.run("Stage", [.workers], arguments: arguments) { _ throws(SystemCallError) in
                throw SystemCallError("bind", code: EADDRINUSE, remedy: "choose another")
            }
        }
        #expect(output(result).hasSuffix(printed))
        #expect(errors(result).hasSuffix(warned))
    }

    /// The soft limit is raised as far as the hard one allows; what that is not enough for is said.
    @Test func fewerDescriptorsAreFewerConnections() async throws {
        let result = try await #require(processExitsWith: .exitCode(0), observing: Self.streams) {
            setLimit(RLIMIT_NOFILE, 100, 200)
            ServerProgram.run("Stage", arguments: []) { options in
                demand(options.maxConnections == 168 && sysconf(Int32(_SC_OPEN_MAX)) == 200)
            }
        }
        let line =
            "200 descriptors are allowed here, so at most 168 connections, not 10000; raise the limit with ulimit -n"
        #expect(errors(result).hasSuffix("Stage: \(line)\n"))
    }

    /// Enough is enough: the limit is not raised for its own sake.
    @Test func enoughDescriptorsAreLeftAsTheyAre() async {
        await #expect(processExitsWith: .exitCode(0)) {
            setLimit(RLIMIT_NOFILE, 150, 200)
            ServerProgram.run("Stage", arguments: ["--max-connections=100"]) { options in
                demand(options.maxConnections == 100 && sysconf(Int32(_SC_OPEN_MAX)) == 150)
            }
        }
    }

    /// Nobody reads the warning about the limit, and that is no reason to end.
    @Test func nobodyReadsStandardError() async {
        await #expect(processExitsWith: .exitCode(0)) {
            setLimit(RLIMIT_NOFILE, 100, 200)
            signal(SIGPIPE, SIG_DFL)
            var numbers: [CInt] = [0, 0]
            guard pipe(&numbers) == 0, dup2(numbers[1], STDERR_FILENO) >= 0 else { exit(98) }
            for number in numbers { close(number) }
            ServerProgram.run("Stage", arguments: []) { _ in exit(0) }
        }
    }
}
