// Requests per second and server CPU per request, for each command and depth of pipeline: every contender in turn,
// round after round, so that what changes on the machine meanwhile meets all of them.

import LabKit

/// A measurement of several contenders.
struct Throughput: Sendable {
    var commands: [LoadCommand] = [.ping, .set, .get]
    var pipelines = [1, 16, 100]
    var connections = 50
    var rounds = 3
    /// Seconds of one run of one contender.
    var seconds = 1.0
    var keys = 0..<100_000
    var valueSize = 3
    /// Where every value is to be the same, since a contender has no store: that value.
    var fixedValue: [UInt8]?

    init() {}

    /// One run.
    struct Run: Sendable {
        let requestsPerSecond: Double
        /// Microseconds.
        let serverTimePerRequest: Double
        /// How much of the time the server was computing, and the client.
        let serverShare: Double
        let clientShare: Double

        /// What the run could not go beyond.
        var limit: Limit {
            if serverShare > 0.9 { return .server }
            return clientShare > 0.9 ? .client : .neither
        }
    }

    enum Limit: String, Sendable {
        /// The server's core was busy: requests per second say what it can do.
        case server
        /// The client's core was busy, and the server's was not: it could do more.
        case client
        /// Both waited for each other, or for the machine.
        case neither
    }

    /// The runs of one command at one depth: by contender, then by round.
    struct Cell: Sendable {
        let command: LoadCommand
        let pipeline: Int
        fileprivate(set) var runs: [[Run]]

        func spread(_ contender: Int, _ figure: (Run) -> Double) -> Spread {
            Spread(runs[contender].map(figure))
        }

        func ratio(_ contender: Int, to other: Int, _ figure: (Run) -> Double) -> Spread {
            .ratio(runs[contender].map(figure), to: runs[other].map(figure))
        }

        /// What limited most rounds.
        func limit(_ contender: Int) -> Limit {
            let limits = runs[contender].map(\.limit)
            return limits.max { one, other in
                limits.count { $0 == one } < limits.count { $0 == other }
            }!
        }
    }

    /// Measures.
    ///
    /// - Parameter progress: is given each cell as soon as it is complete.
    func measure(_ servers: [RunningServer], progress: (Cell) -> Void = { _ in }) throws -> [Cell] {
        var connections = connections
        // Stage 1 serves one connection at a time, and then the others are measured with one as well.
        if !servers.allSatisfy(\.contender.isConcurrent) { connections = 1 }
        for server in servers { try Load.fill(plan(server, .set, 64, connections)) }
        var cells: [Cell] = []
        for command in commands {
            for pipeline in pipelines {
                var cell = Cell(command: command, pipeline: pipeline, runs: servers.map { _ in [] })
                for _ in 0..<rounds {
                    for (index, server) in servers.enumerated() {
                        cell.runs[index].append(try run(server, plan(server, command, pipeline, connections)))
                    }
                }
                progress(cell)
                cells.append(cell)
            }
        }
        return cells
    }

    private func plan(
        _ server: RunningServer, _ command: LoadCommand, _ pipeline: Int, _ connections: Int
    ) -> LoadPlan {
        var plan = server.plan(command, connections: connections)
        plan.pipeline = pipeline
        plan.keys = keys
        plan.valueSize = valueSize
        plan.fixedValue = fixedValue
        plan.limit = .seconds(seconds)
        return plan
    }

    private func run(_ server: RunningServer, _ plan: LoadPlan) throws -> Run {
        let (result, facts) = try server.measure(plan)
        let time = Double(facts[1].cpuTime - facts[0].cpuTime)
        return Run(
            requestsPerSecond: result.requestsPerSecond,
            serverTimePerRequest: time / Double(max(1, result.requests)),
            serverShare: result.elapsed > 0 ? time / 1e6 / result.elapsed : 0, clientShare: result.clientShare)
    }
}

extension RunningServer {
    /// Runs a plan on a store that is filled already, and reads the server's figures before and after.
    func measure(_ plan: LoadPlan) throws -> (LoadResult, [ProcessFacts]) {
        var facts: [ProcessFacts] = []
        // Counters go on from where they are; the keys of GET do not change.
        let result = try Load.run(plan, isPrepared: plan.command != .incr) {
            if let now = ProcessFacts(pid: process.pid) { facts.append(now) }
        }
        guard facts.count == 2, result.requests > 0 else {
            throw LoadError.system("\(contender) stopped answering, or has ended")
        }
        return (result, facts)
    }
}
