// A load on a server, and what it cost the server: what experiments 2, 4, 5 and 6 are made of.

@preconcurrency import Glibc
import LabKit
import Shared

extension Tour {
    /// The work that all loads ask for: nine GET and one SET, on a thousand keys.
    func loadPlan(_ server: ServerProcess, connections: Int, pipeline: Int, seconds: Double) -> LoadPlan {
        var plan = LoadPlan(port: server.port, wireProtocol: server.wireProtocol)
        plan.command = .mixed
        plan.keys = 0..<1000
        plan.valueSize = 32
        plan.connections = connections
        plan.pipeline = pipeline
        plan.limit = .seconds(seconds)
        plan.patience = 30
        return plan
    }

    /// Writes the keys that the loads read.
    func fill(_ server: ServerProcess) throws {
        try Load.fill(loadPlan(server, connections: 1, pipeline: 16, seconds: 1))
    }

    /// Puts a load on a server. Stage 1 is given a moment to serve more than one client, and the result says that it
    /// did not.
    func measure(
        _ stage: Stage, _ server: ServerProcess, connections: Int, pipeline: Int, seconds: Double, rate: Int? = nil
    ) throws -> LoadMeasurement {
        var plan = loadPlan(server, connections: connections, pipeline: pipeline, seconds: seconds)
        plan.rate = rate
        if !stage.isConcurrent && connections > 1 { plan.patience = TourPlan.patience }
        Clock.wait(until: { server.openConnections == 0 })
        var start: ProcessFacts?
        var end: ProcessFacts?
        // Asked while the connections are open, since to accept and to close them takes turns of the loop as well.
        var waits: [Int] = []
        let load = try Load.run(plan, isPrepared: true) {
            if start == nil {
                let expected = stage.isConcurrent ? connections : 1
                Clock.wait(until: { server.openConnections >= expected })
                if stage.isConcurrent { waits.append(self.waits(of: server)) }
                Clock.wait(until: { server.openConnections <= expected })
                start = ProcessFacts(pid: server.pid)
            } else {
                end = ProcessFacts(pid: server.pid)
                if stage.isConcurrent { waits.append(self.waits(of: server)) }
            }
        }
        guard let start, let end else { throw LabError("the server has gone") }
        if stage.isConcurrent && !load.isComplete {
            throw LabError("\(load.unanswered) requests were not answered")
        }
        var work = ServerWork(from: start, to: end)
        if waits.count == 2 { work.waits = max(0, waits[1] - waits[0]) }
        return LoadMeasurement(
            stage: stage, connections: connections, pipeline: pipeline, rate: rate, load: load, server: work)
    }

    /// How often the server has called poll, epoll_wait or io_uring_enter, by its own count.
    private func waits(of server: ServerProcess) -> Int {
        guard var client = try? server.connect(timeout: 30) else { return 0 }
        return (try? client.statistic("total_waits")) ?? 0
    }
}
