// Signals: how a server is asked to end, and what it must live through.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

extension Contract {
    static let signalClauses = [
        Clause("SIGTERM ends it with status 0 and its statistics", { try endsWithStatistics($0, $1, SIGTERM) }),
        Clause("SIGINT ends it with status 0 and its statistics", { try endsWithStatistics($0, $1, SIGINT) }),
        Clause("SIGHUP ends it with status 0 and its statistics", { try endsWithStatistics($0, $1, SIGHUP) }),
        Clause("SIGHUP does nothing to one that was started with nohup", wrapper: ["nohup"], nohup),
        Clause("SIGALRM from anybody changes nothing", alarm),
        Clause("SIGTERM ends it though a client is connected and silent", { try endsWithClient($0, $1, sending: 0) }),
        Clause("SIGTERM ends it in the middle of a request", { try endsWithClient($0, $1, sending: 7) }),
        Clause("SIGTERM ends it though a client does not read its reply", endsWithStalledReader),
        Clause("the port is free at once when it has ended", portIsFree),
        Clause("SIGSTOP and SIGCONT at any time change nothing", stopAndContinue),
    ]

    private static func endsWithStatistics(_ server: ServerProcess, _ stage: Stage, _ signal: CInt) throws {
        let request = stage.encode("SET key value")
        let client = try server.newClient()
        var received = 0
        for _ in 0..<3 {
            try client.send(bytes: request)
            received += try client.receiveBytes().count
        }
        let summary = try Summary(ending: server, with: signal)
        try client.expectEnd()
        #expect(summary.line.hasPrefix("served 1 connections, 3 requests; \(request.count * 3) bytes in "))
        #expect(summary.line.contains(" reads, \(received) bytes in 3 writes; "))
        #expect(summary.reads >= 3, "\(summary.line)")
        #expect(!stage.isLoop ? summary.waits == 0 : summary.waits >= 3, "\(summary.line)")
    }

    private static func nohup(_ server: ServerProcess, _ stage: Stage) throws {
        try server.expectService(stage)
        server.signal(SIGHUP)
        try server.expectService(stage)
    }

    private static func alarm(_ server: ServerProcess, _ stage: Stage) throws {
        let client = try server.newClient()
        let request = stage.encode("ECHO hello")
        try server.untilRead(8) { try client.send(bytes: request.prefix(8)) }
        server.signal(SIGALRM)
        try client.send(bytes: request.dropFirst(8))
        #expect(try client.receive() == .string("hello"))
    }

    private static func endsWithClient(_ server: ServerProcess, _ stage: Stage, sending count: Int) throws {
        let client = try server.servedClient()
        let part = Array(stage.encode("SET key value").prefix(count))
        try server.untilRead(count) { try client.send(bytes: part) }
        try server.untilAsleep()
        #expect(server.endPatiently() == .exited(0))
        try client.expectEnd()
    }

    private static func endsWithStalledReader(_ server: ServerProcess, _ stage: Stage) throws {
        let client = try server.newClient()
        try server.stall(client, bytes: 16 << 20)
        try server.untilAsleep()
        #expect(server.endPatiently() == .exited(0))
        extendLifetime(client)
    }

    /// A server that ends while a client is connected closes first, and its port is then kept for a minute, in the
    /// state TIME_WAIT, from everybody who has not asked for it with SO_REUSEADDR.
    private static func portIsFree(_ stage: Stage) throws {
        // The port may go to another program in between, in which case there is another attempt.
        for attempt in 1...4 {
            let first = try ServerProcess(stage)
            let client = try first.servedClient()
            #expect(first.endPatiently() == .exited(0))
            try client.expectEnd()
            let path = "\(ServerProcess.buildFolder)/\(stage.name)"
            let second = try ServerProcess(
                command: [path, "--port", "\(first.port)"], wireProtocol: stage.wireProtocol)
            if second.waitForLine(timeout: Patience.seconds, { $0.contains("listening on") }) != nil {
                #expect(second.endPatiently() == .exited(0))
                return
            }
            #expect(attempt < 4, "\(second.output)")
        }
    }

    /// `epoll_wait` is interrupted by it (EINTR), though no handler runs.
    private static func stopAndContinue(_ stage: Stage) throws {
        try withServer(stage, stage.isLoop ? ["--idle-timeout", "1000"] : []) { server in
            let client = try server.newClient()
            let requests = stage.encode("ECHO before", "ECHO between", "ECHO after")
            let middle = requests.count / 2
            for _ in 0..<5 {
                // While it waits for bytes, while half of them are there, and with all of them there.
                try server.pause()
                server.resume()
                try server.untilRead(middle) { try client.send(bytes: Array(requests[..<middle])) }
                try server.pause()
                try client.send(bytes: Array(requests[middle...]))
                server.resume()
                for word in ["before", "between", "after"] { #expect(try client.receive() == .string(word)) }
            }
        }
    }
}
