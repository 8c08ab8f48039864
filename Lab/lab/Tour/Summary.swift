// The end of the tour: one table over all stages, and what each of them adds.

import LabKit

extension TourResults {
    /// The closing table: a row for each figure, a column for each stage. What was not measured is left out.
    func summary(_ stages: [Stage]) -> TextTable {
        var table = TextTable([""] + stages.map(\.title))
        for (label, figure) in summaryRows {
            let cells = stages.map { figure($0) }
            if cells.contains(where: { $0 != nil }) { table.rows.append([label] + cells.map { $0 ?? "-" }) }
        }
        return table
    }

    /// What the labels of the closing table leave unsaid.
    var summaryNotes: [String] {
        var notes: [String] = []
        if !waiting.isEmpty {
            notes.append("second client's wait: behind a first one that has sent half a request, and thinks.")
        }
        if throughput.contains(where: { !$0.isServed }) {
            notes.append("1 of \(TourPlan.loadConnections): so many clients were served; the others waited.")
        }
        if !throughput.isEmpty {
            notes.append("\(TourPlan.loadPipeline) deep: each client has that many requests in flight (pipelining).")
        }
        return notes
    }

    private var summaryRows: [(label: String, figure: (Stage) -> String?)] {
        let (connections, pipeline) = (TourPlan.loadConnections, TourPlan.loadPipeline)
        let time = { (value: Double?) in value.map { Format.time(microseconds: $0) } }
        let calls = { (value: Double?) in value.map { Format.number($0, decimals: 2) } }
        let one = { (stage: Stage) in single.of(stage) }
        let many = { (stage: Stage) in throughput.of(stage) }
        let deep = { (stage: Stage) in throughput.of(stage, pipeline) }
        return [
            ("second client's wait", { stage in time(waiting.first { $0.stage == stage }?.secondClientWait) }),
            ("requests/s, 1 client", { Self.rate(one($0)) }),
            ("requests/s, \(connections) clients", { Self.rate(many($0)) }),
            ("requests/s, \(connections), \(pipeline) deep", { Self.rate(deep($0)) }),
            ("CPU/request, 1 client", { time(one($0)?.cost?.median) }),
            ("CPU/request, \(connections) clients", { time(many($0)?.cost?.median) }),
            ("CPU/request, \(connections), \(pipeline) deep", { time(deep($0)?.cost?.median) }),
            ("reads/request", { calls((many($0) ?? one($0))?.readsPerRequest) }),
            ("reads/request, \(pipeline) deep", { calls(deep($0)?.readsPerRequest) }),
            ("writes/request", { calls((many($0) ?? one($0))?.writesPerRequest) }),
            ("writes/request, \(pipeline) deep", { calls(deep($0)?.writesPerRequest) }),
            ("threads, \(connections) clients", { many($0).map { Format.count($0.server.threads) } }),
            ("memory, \(connections) clients", { many($0).map { Format.memory($0.server.residentMemory) } }),
            ("idle clients", { mostIdle($0).map { Format.count($0.idle) } }),
            ("threads with these", { mostIdle($0).map { Format.count($0.server.threads) } }),
            ("memory with these", { mostIdle($0).map { Format.memory($0.server.residentMemory) } }),
            ("CPU/request among these", { mostIdle($0).map { time($0.cpuPerRequest) ?? "not served" } }),
        ]
    }

    func mostIdle(_ stage: Stage) -> ConnectionMeasurement? { connections.last { $0.stage == stage } }

    func leastIdle(_ stage: Stage) -> ConnectionMeasurement? { connections.first { $0.stage == stage } }

    private static func rate(_ result: LoadMeasurement?) -> String? {
        guard let result else { return nil }
        if !result.isServed { return "\(result.load.servedConnections) of \(result.connections)" }
        return Format.short(result.requestsPerSecond)
    }
}

extension Stage {
    /// What it adds, and what that costs. The figures of a run stand in its findings.
    var inWords: String {
        switch self {
        case .sync: "The simplest program, and calls that wait. It serves one client at a time."
        case .threads:
            "A thread for each client, so that nobody waits for another one's thinking. It costs a thread and its memory "
                + "for each client, also for a silent one."
        case .poll: "All clients in one thread: where each stands is kept in fields instead of on a stack."
        case .epoll: "The list of clients stays in the kernel, and redis-cli can talk to it."
        case .pipelining: "One read and one write for all requests that have arrived."
        case .uring: "The kernel reads and writes, and says when it is done: one call hands over all work of a turn."
        case .cores: "A loop for each core, and stage 2's lock around the store."
        default: ""
        }
    }
}

extension TourResults {
    /// What each variation saves, of what stage 5 spends.
    var beyondFinding: String? { Self.text(uringSentences + coresSentences) }

    /// The variations that were measured.
    var beyondServers: [Stage] { [.uring, .cores].filter { beyond.of($0) != nil } }

    /// Calls, which are counted, and CPU, where the rounds agree.
    private var uringSentences: [String] {
        guard let own = beyond.of(.uring), let base = beyond.of(.pipelining), let few = own.allCallsPerRequest,
            let many = base.allCallsPerRequest, let costs = Comparison(own.cost, to: base.cost)
        else { return [] }
        return [
            "Uring makes \(Format.number(few, decimals: 3)) system calls for a request, and stage 5 "
                + "\(Format.number(many, decimals: 3)).",
            costs.isDifferent
                ? "It spends \(costs.times) the CPU."
                : "No difference in CPU was measured (\(Self.ranges(costs))).",
        ]
    }

    /// How much more a second core brings, where client and server share them.
    private var coresSentences: [String] {
        guard let own = beyond.of(.cores), let base = beyond.of(.pipelining),
            let rates = Comparison(own.throughput, to: base.throughput)
        else { return [] }
        let loops = "Cores, with \(own.server.threads) loops,"
        return [
            rates.isDifferent
                ? "\(loops) serves \(rates.times) as many requests as stage 5."
                : "\(loops) and stage 5 served as many requests: no difference was measured.",
            "(The clients of this load compute on the same cores; lab cores has others.)",
        ]
    }
}
