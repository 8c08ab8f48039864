// The end of the tour: one table over all stages, and a sentence for each.

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
        let one = { (stage: Stage) in single.first { $0.stage == stage } }
        let many = { (stage: Stage) in throughput(stage, connections, 1, nil) }
        let deep = { (stage: Stage) in throughput(stage, connections, pipeline, nil) }
        return [
            ("second client's wait", { stage in time(waiting(stage)?.secondClientWait) }),
            ("requests/s, 1 client", { Self.rate(one($0)) }),
            ("requests/s, \(connections) clients", { Self.rate(many($0)) }),
            ("requests/s, \(connections), \(pipeline) deep", { Self.rate(deep($0)) }),
            ("CPU/request, 1 client", { time(Self.served(one($0))?.cpuPerRequest) }),
            ("CPU/request, \(connections) clients", { time(Self.served(many($0))?.cpuPerRequest) }),
            ("CPU/request, \(connections), \(pipeline) deep", { time(Self.served(deep($0))?.cpuPerRequest) }),
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

    /// What a sentence is made of.
    private func waiting(_ stage: Stage) -> WaitingResult? { waiting.first { $0.stage == stage } }

    func mostIdle(_ stage: Stage) -> ConnectionMeasurement? { connections.last { $0.stage == stage } }

    func leastIdle(_ stage: Stage) -> ConnectionMeasurement? { connections.first { $0.stage == stage } }

    private static func served(_ result: LoadMeasurement?) -> LoadMeasurement? {
        result.flatMap { $0.isServed ? $0 : nil }
    }

    private static func rate(_ result: LoadMeasurement?) -> String? {
        guard let result else { return nil }
        if !result.isServed { return "\(result.load.servedConnections) of \(result.connections)" }
        return Format.short(result.requestsPerSecond)
    }

    // MARK: Sentences

    /// What a stage adds, and what it costs, with the figures of this run.
    func sentence(_ stage: Stage) -> String {
        let parts: [String?] =
            switch stage {
            case .sync: syncSentence
            case .threads: threadsSentence
            case .poll: pollSentence
            case .epoll: epollSentence
            case .pipelining: pipeliningSentence
            case .uring: uringSentence
            case .cores: coresSentence
            default: []
            }
        return parts.compactMap(\.self).joined(separator: " ")
    }

    private var syncSentence: [String?] {
        [
            "The simplest program, and calls that wait.",
            waiting(.sync).flatMap { $0.secondClientIsFirst == false ? $0.secondClientWait : nil }.map {
                "It serves one client at a time: B was connected, and had its reply after "
                    + "\(Format.time(microseconds: $0)), when A had been served."
            } ?? "It serves one client at a time.",
        ]
    }

    private var threadsSentence: [String?] {
        [
            "A thread for each client, so that nobody waits for another one's thinking"
                + (waiting(.threads).flatMap { $0.secondClientIsFirst == true ? $0.secondClientWait : nil }.map {
                    ": B waited \(Format.time(microseconds: $0))."
                } ?? "."),
            "It costs a thread" + (memoryPerThread.map { " and \(Format.memory($0))" } ?? "")
                + " for each client, also for a silent one.",
        ]
    }

    private var pollSentence: [String?] {
        ["All clients in one thread: where each stands is kept in fields instead of on a stack.", growth(.poll)]
    }

    private var epollSentence: [String?] {
        ["The list of clients stays in the kernel, and redis-cli can talk to it.", growth(.epoll)]
    }

    private var pipeliningSentence: [String?] {
        let connections = TourPlan.loadConnections
        let pipeline = TourPlan.loadPipeline
        let before = throughput(.epoll, connections, pipeline, nil)
        let after = throughput(.pipelining, connections, pipeline, nil)
        var sentences: [String?] = ["One read and one write for all requests that have arrived."]
        if let few = after?.callsPerRequest, let many = before?.callsPerRequest {
            let rates = Comparison(after?.throughput, to: before?.throughput)
            let gain = rates.map { $0.isMore ? ", and \($0.times) the requests per second" : "" } ?? ""
            sentences.append(
                "With \(pipeline) in flight that is \(Format.number(few, decimals: 2)) calls for each instead of "
                    + "\(Format.number(many, decimals: 2))\(gain).")
        }
        return sentences
    }
}
