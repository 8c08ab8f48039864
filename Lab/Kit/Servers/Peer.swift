// Any other server that speaks RESP, given on the command line: `--peer NAME='CMD --port {port}'`.

@preconcurrency import Glibc
import Shared

/// How such a server is started.
public struct Peer: Equatable, Sendable {
    public let name: String
    /// Its words; `{port}` in them stands for the port that it is to listen on.
    let command: [String]

    /// As given for `--peer`.
    public init(option text: String) throws(UsageError) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let words = CommandWords.split(parts[1]), !words.isEmpty, text.contains("{port}") else {
            throw UsageError("--peer takes NAME='COMMAND with {port}', not '\(text)'")
        }
        name = parts[0]
        command = words.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Seconds until it must answer.
    private static let patience: Int64 = 20

    /// Starts it on a free port, and waits until it answers a PING.
    func start(_ cores: Cores) throws -> (ServerProcess, port: Int) {
        let port = try Contender.freePort()
        let words = command.map { $0.replacing("{port}", with: "\(port)") }
        let process = try ServerProcess(command: cores.serverWrapper + words, wireProtocol: .resp2)
        let deadline = Clock.monotonic + Self.patience * 1000
        while Clock.monotonic < deadline {
            if let status = process.wait(within: 20) {
                throw ServerProcess.StartError(description: "\(name) ended (\(status)); it printed: \(process.output)")
            }
            guard var client = try? Client(port: port, wireProtocol: .resp2, timeout: 2) else { continue }
            if (try? client.call("PING")) == .status(Array("PONG".utf8)) { return (process, port) }
        }
        throw ServerProcess.StartError(
            description: "\(name) did not answer PING at port \(port) within \(Self.patience) seconds; it printed: "
                + process.output)
    }
}
