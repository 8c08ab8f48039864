@preconcurrency import Glibc
import LabKit
import Shared
import Testing

@testable import lab

@Suite("Load generator") struct LoadTests {
    private func plan(_ server: ServerProcess, _ command: LoadCommand, connections: Int = 1) -> LoadPlan {
        LoadPlan(
            port: server.port, wireProtocol: server.wireProtocol, command: command, connections: connections,
            pipeline: 7,
            limit: .requests(1000), keys: 0..<100, patience: 30)
    }

    @Test("sends as many requests as it was asked to", arguments: Stage.allCases, LoadCommand.allCases)
    func answersAll(_ stage: Stage, _ command: LoadCommand) throws {
        let server = try ServerProcess(stage)
        let plan = plan(server, command, connections: stage.isConcurrent ? 5 : 1)
        let result = try Load.run(plan)
        #expect(result.requests == 1000)
        #expect(result.isComplete)
        #expect(result.servedConnections == plan.connections)
        #expect(result.latency.count == 1000)
        #expect(result.elapsed > 0)
    }

    @Test("checks values that come in many pieces", arguments: [Stage.poll, .pipelining])
    func largeValues(_ stage: Stage) throws {
        let server = try ServerProcess(stage)
        var plan = plan(server, .mixed, connections: 3)
        plan.valueSize = 1_000_000
        plan.pipeline = 3
        plan.keys = 0..<4
        plan.limit = .requests(40)
        let result = try Load.run(plan)
        #expect(result.requests == 40)
        #expect(result.bytesReceived > 20_000_000)
    }

    @Test("one wrong value among many is seen", arguments: [Stage.threads, .pipelining])
    func wrongValue(_ stage: Stage) throws {
        let server = try ServerProcess(stage)
        let plan = plan(server, .get)
        try Load.fill(plan)
        var client = try server.connect()
        let right = try client.call("GET", "key:000000000042")
        _ = try client.call("SET", "key:000000000042", "!!!")
        let error = #expect(throws: LoadError.self) { try Load.run(plan, isPrepared: true) }
        guard case .wrongReply(_, let expected, let received) = error, case .string(let value) = right else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(String(decoding: expected, as: UTF8.self).contains(String(decoding: value, as: UTF8.self)))
        #expect(String(decoding: received, as: UTF8.self).contains("!!!"))
        #expect(error!.description.contains("expected \""))
    }

    @Test("a missing value is seen", arguments: [Stage.threads, .pipelining])
    func missingValue(_ stage: Stage) throws {
        let server = try ServerProcess(stage)
        #expect(throws: LoadError.self) { try Load.run(plan(server, .get), isPrepared: true) }
    }

    @Test("a refused connection is seen, and that nobody is there")
    func refusedConnection() throws {
        let server = try ServerProcess(.pipelining, ["--max-connections", "1"])
        let plan = plan(server, .ping, connections: 2)
        #expect(throws: LoadError.self) { try Load.run(plan) }
        server.end()
        #expect(throws: LoadError.self) { try Load.run(plan) }
    }

    @Test("stage 1 serves one of three, and the run ends all the same")
    func stage1() throws {
        let server = try ServerProcess(.sync)
        var plan = plan(server, .ping, connections: 3)
        plan.patience = 2
        let result = try Load.run(plan)
        #expect(result.servedConnections <= 1)
        #expect(!result.isComplete)
        #expect(result.requests + result.unanswered <= 1000)
    }

    @Test("an open loop sends what falls due", arguments: [Stage.threads, .poll, .pipelining])
    func openLoop(_ stage: Stage) throws {
        let server = try ServerProcess(stage)
        var plan = plan(server, .set, connections: 3)
        plan.rate = 2000
        plan.limit = .requests(500)
        let result = try Load.run(plan)
        #expect(result.requests == 500)
        #expect(result.latency.count == 500)
        // The last one falls due after 499/2000 seconds, and no sooner.
        #expect(result.elapsed >= 0.2495)
    }

    @Test("an open loop that the server cannot keep up with is known")
    func backlog() {
        var result = LoadResult()
        (result.requests, result.elapsed) = (1000, 1.02)
        #expect(result.delay(at: 1000) == nil && result.delay(at: nil) == nil)
        result.elapsed = 2
        #expect(result.delay(at: 1000) == 1)
        result.unanswered = 1000
        #expect(result.delay(at: 1000) == nil)
    }

    /// A server that is stopped answers nothing; the load has been told to go on for an hour.
    @Test("Ctrl-C prints what was measured until then")
    func interrupted() throws {
        let server = try ServerProcess(.pipelining)
        let process = try TourRun.start(
            ["load", "--port", "\(server.port)", "--command", "ping", "--seconds", "3600"])
        var client = try server.connect()
        try Clock.wait(within: 60_000) {
            try client.call("INFO", "clients").text?.contains("connected_clients:51") ?? true
        }
        #expect(process.end(with: SIGINT, within: 60_000) == .exited(128 + SIGINT))
        #expect(process.output.contains("requests answered") && process.output.contains("Interrupted"))
    }

    @Test("silence before the first reply is reported")
    func silence() throws {
        let server = try ServerProcess(.pipelining)
        let process = try TourRun.start(
            ["load", "--port", "\(server.port)", "--command", "ping", "--protocol", "binary", "--patience", "4"])
        #expect(process.wait(within: 60_000) == .exited(1))
        #expect(process.output.contains("No reply for 2.00 seconds: does it speak this protocol?"), "\(process.output)")
    }

    @Test("fills a store with every key")
    func fill() throws {
        let server = try ServerProcess(.pipelining)
        var plan = plan(server, .get)
        // More than are prepared at a time.
        plan.keys = 500..<20_500
        plan.valueSize = 1000
        let result = try Load.fill(plan)
        #expect(result.requests == 20_000)
        var client = try server.connect()
        #expect(try client.call("DBSIZE") == .integer(20_000))
        #expect(try client.call("EXISTS", "key:000000000500", "key:000000020499") == .integer(2))
    }

    @Test("is observed twice, with the connections open")
    func observed() throws {
        let server = try ServerProcess(.threads)
        let plan = plan(server, .ping, connections: 4)
        var reads: [Int] = []
        let result = try Load.run(plan) { reads.append(ProcessFacts(pid: server.pid)?.reads ?? -1) }
        #expect(result.requests == 1000)
        try #require(reads.count == 2)
        // Stage 2 reads at least once for each request.
        #expect(reads[1] - reads[0] >= 1000)
    }
}
