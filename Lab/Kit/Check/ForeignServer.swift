// Any program, in any language, as a server to be checked.

@preconcurrency import Glibc
import Shared

/// A command line that starts a server.
public struct ForeignServer: Sendable {
    private let command: [String]
    private let wireProtocol: WireProtocol
    /// How long a reply may take, in seconds.
    private let patience: Int

    /// Where the lab's choice of a port goes.
    public static let placeholder = "{port}"

    public init(_ command: [String], _ wireProtocol: WireProtocol, patience: Int) {
        (self.command, self.wireProtocol, self.patience) = (command, wireProtocol, patience)
    }

    /// How long it may take until it listens, in seconds: some programs are compiled first.
    private var startPatience: Int { 4 * patience }
    /// Threads of Go's runtime, or a JVM's, that may start at any time.
    private static let spareThreads = 12

    public var target: CheckTarget {
        CheckTarget(wireProtocol) { wrapper, body in
            let (process, port) = try start(wrapper)
            defer { process.end(within: 2000) }
            let server = CheckedServer(
                process, port: port, wireProtocol: wireProtocol, patience: patience, spareThreads: Self.spareThreads)
            do {
                try body(server)
            } catch let failure as ClauseFailure {
                // One that dies closes its connections a moment before it is gone.
                guard let fate = fate(of: process, within: 300) else { throw failure }
                throw ClauseFailure(sent: failure.sent, expected: failure.expected, got: "\(failure.got); \(fate)")
            }
            if let fate = fate(of: process, within: 0) {
                throw ClauseFailure(sent: "all of this clause", expected: "that the server goes on", got: fate)
            }
        }
    }

    private func fate(of process: ServerProcess, within milliseconds: Int64) -> String? {
        process.wait(within: milliseconds).map { "the server has \($0.words)\(lastLine(process))" }
    }

    private func lastLine(_ process: ServerProcess) -> String {
        process.output.split(separator: "\n").last.map { "; its last line: \($0)" } ?? " and printed nothing"
    }

    /// Starts it on a free port, and waits until a connection can be made. In between another program may take the
    /// port; then there is another attempt.
    public func start(_ wrapper: [String]) throws -> (ServerProcess, port: Int) {
        var reason = ""
        for _ in 0..<3 {
            let port = try Programs.freePort()
            let words = command.map { $0.split(separator: Self.placeholder, omittingEmptySubsequences: false) }
            let process = try ServerProcess(
                command: wrapper + words.map { $0.joined(separator: "\(port)") }, wireProtocol: wireProtocol,
                hasGroup: true)
            let deadline = Clock.monotonic + Int64(startPatience) * 1000
            while Clock.monotonic < deadline {
                if let status = process.wait(within: 5) {
                    reason = "\(command[0]) has \(status.words) before it listened\(lastLine(process))"
                    break
                }
                if (try? SocketClient(port: port, wireProtocol: wireProtocol, patience: patience)) != nil {
                    return (process, port)
                }
            }
            if reason.isEmpty {
                throw LabError(
                    "\(command[0]) runs, but does not listen on 127.0.0.1:\(port) after \(startPatience) "
                        + "seconds\(lastLine(process))")
            }
            guard reason.contains("in use") else { break }
        }
        throw LabError(reason)
    }
}

extension ServerProcess.ExitStatus {
    var words: String {
        switch self {
        case .exited(let status): "exited with status \(status)"
        case .signalled(let number): "been ended by signal \(number) (\(String(cString: strsignal(number))))"
        }
    }
}
