// A real redis-server beside the stages: what it answers is right by definition. Where it is not installed, its tests are
// skipped, and say so.

import LabKit
import Testing

@testable import Shared

/// A running redis-server with an empty store. It is ended and reaped with the last reference to it.
final class RedisServer {
    let process: ServerProcess
    let port: Int

    /// Replies differ a little from one version of Redis to the next; those of 7.0 are the stages' model.
    static let isInstalled = (try? TestProcess.run(["redis-server", "--version"]))?.output.contains("v=7.0.") ?? false
    static let isMissing: Comment = "needs redis-server 7.0 on PATH (Debian: apt-get install redis-server)"

    /// Commands that the stages do not have, as arguments that take them away from Redis too: so a random request
    /// gets the same answer when it happens to spell one.
    private static let withoutOtherCommands: [String] = {
        let known = Set(Command.all.map { "\($0.name)" })
        guard let server = try? RedisServer(arguments: []), let client = try? server.connect(),
            case .array(let names)? = try? client.ask("COMMAND LIST")
        else { return [] }
        let others = names.compactMap(\.text).filter { !known.contains($0) && !$0.contains("|") }
        return others.flatMap { ["--rename-command", $0, ""] }
    }()

    convenience init(_ arguments: [String] = []) throws {
        try self.init(arguments: Self.withoutOtherCommands + arguments)
    }

    private init(arguments: [String]) throws {
        (process, port) = try Programs.startRedis(arguments, timeout: Patience.seconds)
    }

    func connect() throws -> TestClient { try TestClient(port: port, wireProtocol: .resp2) }
}
