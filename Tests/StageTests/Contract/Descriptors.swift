// Descriptors are limited: a server asks for as many as it needs, and lives on when there are none.

import LabKit
import Shared
import Testing

extension Contract {
    static let descriptorClauses = [
        Clause(
            "the soft limit of descriptors is raised to what the connections need",
            options: ["--max-connections", "500"],
            wrapper: limited("ulimit -S -n 64"), raisesLimit),
        Clause("a limit that cannot be raised is reported, and kept", reportsLimit),
        Clause("without a descriptor for a new connection it neither exits nor spins, and serves later", exhaustion),
        Clause("without a descriptor for a new connection it still exits", exhaustionAtTheEnd),
    ]

    private static func limited(_ limits: String) -> [String] {
        ["sh", "-c", "\(limits); exec \"$@\"", "sh"]
    }

    private static func raisesLimit(_ server: ServerProcess, _ stage: Stage) throws {
        let limits = try #require(ProcessFacts.text("/proc/\(server.pid)/limits")).split(separator: "\n")
        let line = try #require(limits.first { $0.hasPrefix("Max open files") })
        let soft = try #require(line.split(separator: " ").compactMap { Int($0) }.first)
        #expect((500...600).contains(soft), "\(line)")
        #expect(server.output.split(separator: "\n").count == 1, "\(server.output)")
    }

    private static func reportsLimit(_ stage: Stage) throws {
        try withServer(stage, wrapper: limited("ulimit -n 40")) { server in
            let line = try #require(server.output.split(separator: "\n").first)
            // Each loop beyond the first takes two, for its listener and its poller.
            let most = 8 - 2 * ((stage.concurrency == .loops ? Loops.count ?? Processors.available : 1) - 1)
            #expect(line.contains("40 descriptors") && line.contains("at most \(most) connections"), "\(line)")
            try server.expectService(stage)
        }
    }

    /// The shut-down listener does not say so while `accept` fails because no descriptor is free.
    private static func exhaustionAtTheEnd(_ stage: Stage) throws {
        try withExhaustedServer(stage) { server, _, _ in
            try server.untilAsleepAgain(3)
            #expect(server.endPatiently() == .exited(0))
        }
    }

    /// A server without a descriptor for its client, who has asked for something. The limit is lowered while the server
    /// runs, as it has arranged itself with the one it found.
    private static func withExhaustedServer(
        _ stage: Stage, _ body: (ServerProcess, _ waiting: TestClient, _ release: () throws -> Void) throws -> Void
    ) throws {
        if stage.isByCompletion {
            return try withRoomForTwo(stage) { server, first, _ in
                let client = try server.newClient()
                try client.send("PING")
                try body(server, client) { first.reset() }
            }
        }
        try withServer(stage) { server in
            let idle = try server.facts.descriptors
            try server.expectService(stage)
            try eventually("the first client has left") { try server.facts.descriptors == idle }
            try server.takeAllDescriptors(stage)
            let client = try server.newClient()
            try client.send("PING")
            try body(server, client) { try server.setDescriptorLimit(1000) }
        }
    }

    /// A server that has descriptors for two clients, who are there. Where the kernel accepts, it was started with most of
    /// its numbers taken, and does not know: 3 and 4 are its own.
    static func withRoomForTwo(
        _ stage: Stage, _ body: (ServerProcess, TestClient, TestClient) throws -> Void
    ) throws {
        let script = "for n in {5..44}; do eval \"exec $n</dev/null\"; done; ulimit -n 47; exec \"$@\""
        try withServer(stage, wrapper: stage.isByCompletion ? ["bash", "-c", script, "bash"] : []) { server in
            let (first, second) = (try server.servedClient(), try server.servedClient())
            if !stage.isByCompletion { try server.takeAllDescriptors(stage) }
            try body(server, first, second)
        }
    }

    private static func exhaustion(_ stage: Stage) throws {
        try withExhaustedServer(stage) { server, client, release in
            let before = try server.facts
            // A server that spins does not sleep; one that has served the client does not wake.
            try server.untilAsleepAgain(10)
            let cpu = try server.facts.cpuTime - before.cpuTime
            #expect(cpu < 500_000, "\(cpu) microseconds to find ten times that there is no descriptor")
            #expect(!client.hasInput)
            try release()
            #expect(try client.receive() == stage.pong)
        }
    }
}
