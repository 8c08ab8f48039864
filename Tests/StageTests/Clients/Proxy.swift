// nutcracker in front of three servers, as nutcracker.yml describes it, on ports that are free.

import Foundation
@preconcurrency import Glibc
import LabKit
import Shared
import TestSupport
import Testing

/// The proxy and its servers. All are ended and reaped with the last reference to it.
final class Proxy {
    static let isInstalled = Programs.path(of: "nutcracker") != nil
    static let isMissing: Comment = "needs nutcracker on PATH (Debian: apt-get install nutcracker)"

    private(set) var servers: [(process: ServerProcess, port: Int)]
    private let process: ServerProcess
    private let port: Int
    private let folder: TemporaryFolder

    /// Ports below those that the kernel gives to clients: nobody takes one while its server is away.
    private static let ports = 12_000..<32_000

    init() throws {
        servers = try (0..<3).map { _ in try Self.onFreePort { try Self.start(at: $0) } }
        folder = try TemporaryFolder()
        let (ports, file) = (servers.map(\.port), folder.file("nutcracker.yml"))
        (process, port) = try Self.onFreePort { try Self.startProxy(at: $0, of: ports, file) }
    }

    deinit { process.end(with: SIGKILL) }

    func connect() throws -> TestClient { try TestClient(port: port, wireProtocol: .resp2) }

    /// How many keys each server has.
    func keyCounts() throws -> [Int64] {
        try servers.map { server in
            let client = try TestClient(port: server.port, wireProtocol: .resp2)
            guard case .integer(let count) = try client.ask("DBSIZE") else { return -1 }
            return count
        }
    }

    func kill(_ index: Int) {
        servers[index].process.end(with: SIGKILL)
    }

    /// Starts a server again, where it was.
    func restart(_ index: Int) throws {
        servers[index].process = try #require(try Self.start(at: servers[index].port))
    }

    /// Tries ports until one is free. `start` returns nil where it is taken.
    private static func onFreePort(_ start: (Int) throws -> ServerProcess?) throws -> (ServerProcess, port: Int) {
        for _ in 0..<20 {
            let port = Int.random(in: ports)
            if let process = try start(port) { return (process, port) }
        }
        throw GaveUp(what: "it did not start at any of twenty ports")
    }

    private static func start(at port: Int) throws -> ServerProcess? {
        let name = Stage.pipelining.name
        let process = try ServerProcess(
            command: ["\(ServerProcess.buildFolder)/\(name)", "--port", "\(port)"], wireProtocol: .resp2)
        return process.waitForLine(timeout: Patience.seconds) { $0.contains("listening on") } == nil ? nil : process
    }

    private static func startProxy(at port: Int, of ports: [Int], _ file: String) throws -> ServerProcess? {
        try configuration(port, ports).write(toFile: file, atomically: true, encoding: .utf8)
        let process = try ServerProcess(
            command: [
                "nutcracker", "-c", file, "-p", file + ".pid", "-o", "/dev/stderr", "-a", "127.0.0.1", "-s",
                "\(Int.random(in: Self.ports))",
            ], wireProtocol: .resp2)
        // It says nothing when it is ready, and ends when a port is taken.
        let deadline = Clock.monotonic + Patience.milliseconds
        while Clock.monotonic < deadline, process.wait(within: 1) == nil {
            let client = try? TestClient(port: port, wireProtocol: .resp2)
            if try client?.ask("PING") == .status("PONG".bytes) { return process }
        }
        return nil
    }

    /// The file beside this one, with other ports. And with more time for a reply: on a busy machine the server that is
    /// slow is not the one that was killed.
    private static func configuration(_ port: Int, _ ports: [Int]) throws -> String {
        let file = "\(Checkout.folder)/Tests/StageTests/Clients/nutcracker.yml"
        var text = try #require(ProcessFacts.text(file))
        var changes = [("listen: 127.0.0.1:7380", "listen: 127.0.0.1:\(port)")]
        changes.append(("timeout: 400\n", "timeout: \(Patience.milliseconds)\n"))
        for (index, port) in ports.enumerated() {
            changes.append(("- 127.0.0.1:738\(index + 1):1", "- 127.0.0.1:\(port):1"))
        }
        for (old, new) in changes {
            try #require(text.contains(old), "nutcracker.yml has no '\(old)'")
            text = text.replacingOccurrences(of: old, with: new)
        }
        return text
    }
}
