// A real redis-server beside the stages: what it answers is right by definition. And whether the tools that these
// tests need are installed; where one is not, its tests are skipped, and say so.

import LabKit
import Testing

@testable import Shared

/// A program that a test needs.
enum Tool {
    /// Whether a program of that name is on PATH.
    static func isInstalled(_ name: String) -> Bool { Programs.path(of: name) != nil }

    /// What a program prints; nil when it cannot be started, fails, or takes too long.
    static func output(_ command: [String]) -> String? {
        guard let process = try? ServerProcess(command: command, wireProtocol: .resp2) else { return nil }
        guard process.wait(within: Patience.milliseconds) == .exited(0) else { return nil }
        return process.output
    }
}

/// A running redis-server with an empty store. It is ended and reaped with the last reference to it.
final class RedisServer {
    let process: ServerProcess
    let port: Int

    /// Replies differ a little from one version of Redis to the next; those of 7.0 are the stages' model.
    static let isInstalled = Tool.output(["redis-server", "--version"])?.contains("v=7.0.") ?? false
    static let isMissing: Comment = "needs redis-server 7.0 on PATH (Debian: apt-get install redis-server)"

    /// Commands that the stages do not have, as arguments that take them away from Redis too: so a random request
    /// gets the same answer when it happens to spell one.
    private static let withoutOtherCommands: [String] = {
        let known = Set(Command.all.map { "\($0.name)" })
        guard let server = try? RedisServer(arguments: []), var client = try? server.connect(),
            case .array(let names)? = try? client.call("COMMAND", "LIST")
        else { return [] }
        return names.flatMap { name -> [String] in
            guard case .string(let bytes) = name, case let text = String(decoding: bytes, as: UTF8.self),
                !known.contains(text), !text.contains("|")
            else { return [] }
            return ["--rename-command", text, ""]
        }
    }()

    convenience init(_ arguments: [String] = []) throws {
        try self.init(arguments: Self.withoutOtherCommands + arguments)
    }

    private init(arguments: [String]) throws {
        (process, port) = try Programs.startRedis(arguments, timeout: Patience.seconds)
    }

    func connect() throws -> Client {
        try Client(port: port, wireProtocol: .resp2, timeout: Patience.seconds)
    }
}
