// Servers in tests: each test has its own, on a free port, and it must still be there at the end.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

/// Starts a stage, runs `body`, and then checks that the server ends when asked to, with status 0: whatever a test
/// does to a server, it must not have died of it.
func withServer(
    _ stage: Stage, _ arguments: [String] = [], wrapper: [String] = [],
    sourceLocation: SourceLocation = #_sourceLocation, _ body: (ServerProcess) throws -> Void
) throws {
    TestProcess.prepare()
    let arguments = Loops.chosen(stage) + arguments
    let server = try ServerProcess(stage, arguments, wrapper: wrapper, timeout: 3 * Patience.seconds)
    do {
        try body(server)
    } catch {
        // One that dies closes its connections a moment before it is gone.
        let status = server.wait(within: 1000)
        let fate = status.map { "it had ended: \($0)" } ?? "it was running"
        Issue.record("\(stage): \(words(error)); \(fate); it printed: \(server.output)", sourceLocation: sourceLocation)
        return
    }
    let status = server.endPatiently()
    let fate = status.map { "it ended with \($0)" } ?? "it did not end"
    #expect(
        status == .exited(0), "\(stage) was to exit with status 0: \(fate); it printed: \(server.output)",
        sourceLocation: sourceLocation)
}

/// Of a server with several loops: how many a test wants. Without a choice, as many as there are processors.
enum Loops {
    /// For all servers that a clause starts.
    @TaskLocal static var count: Int?

    static func chosen(_ stage: Stage) -> [String] {
        count.map { stage.concurrency == .loops ? ["--loops", "\($0)"] : [] } ?? []
    }

    /// For claims about one thread only.
    static func one(_ stage: Stage) -> [String] { stage.concurrency == .loops ? ["--loops", "1"] : [] }
}

/// An error in words that say what the server has done.
func words(_ error: any Error) -> String {
    switch error as? Reply.Failure {
    case .timedOut: "nothing came in \(Patience.seconds) seconds"
    case .closed: "the server closed the connection"
    default: "\(error)"
    }
}

/// This process as the servers' opponent.
enum TestProcess {
    /// Allows itself as many descriptors as the system does, outlives writing to a server that has gone, and prints at
    /// once.
    static func prepare() { _ = once }

    private static let once: Void = {
        signal(SIGPIPE, SIG_IGN)
        // Line by line also into a file: what was printed before a test was stopped is not to be lost.
        setvbuf(stdout, nil, _IOLBF, 0)
        DescriptorLimit.raise()
    }()

    /// Runs a program to its end.
    static func run(_ command: [String]) throws -> (status: ServerProcess.ExitStatus?, output: String) {
        let process = try ServerProcess(command: command, wireProtocol: .resp2)
        let status = process.wait(within: Patience.milliseconds)
        return (status, process.output)
    }
}

extension ServerProcess {
    /// Asks it to end; nil when it does not.
    func endPatiently(with number: CInt = SIGTERM) -> ExitStatus? {
        end(with: number, within: Patience.milliseconds)
    }

    /// Checks that it serves a new client.
    func expectService(_ stage: Stage, sourceLocation: SourceLocation = #_sourceLocation) throws {
        _ = try servedClient(sourceLocation: sourceLocation)
    }
}
