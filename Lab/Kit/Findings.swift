// What the figures say, in words. The same words stand in the terminal and in the report.

extension TourResults {
    /// One load of experiment 4.
    public func throughput(_ stage: Stage, _ connections: Int, _ pipeline: Int, _ rate: Int?) -> LoadMeasurement? {
        throughput.first {
            $0.stage == stage && $0.connections == connections && $0.pipeline == pipeline && $0.rate == rate
        }
    }

    /// Why there is an open loop as well.
    public static let coordinatedOmission =
        "In a closed loop a slow reply also delays the next request, so that a stall is measured once, however many "
        + "requests it would have met (coordinated omission). In the open loop requests fall due at fixed times, and "
        + "each latency counts from then."

    /// Who waited for A.
    public var waitingFinding: String? {
        let others = waiting.filter { $0.stage != .sync }.compactMap(\.secondClientWait)
        var sentences: [String] = []
        if let first = waiting.first(where: { $0.stage == .sync }), let wait = first.secondClientWait {
            let connected = Format.time(microseconds: first.timelines[1].connectTime ?? 0)
            sentences.append(
                "In stage 1 B was connected after \(connected) and answered after \(Format.time(microseconds: wait)), "
                    + "when A had left.")
        }
        if let longest = others.max() {
            sentences.append(
                "With threads or an event loop B waited \(Format.time(microseconds: longest)) at most, whatever A and C "
                    + "did.")
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    /// What pipelining saves.
    public var requestsFinding: String? {
        let figures = [Stage.epoll, .pipelining].compactMap { stage in
            requests.first {
                $0.stage == stage && $0.connections == 1 && $0.pipeline == TourPlan.loadPipeline
            }
        }
        guard figures.count == 2, let many = figures[0].callsPerRequest, let few = figures[1].callsPerRequest, few > 0,
            let before = figures[0].cpuPerRequest, let after = figures[1].cpuPerRequest
        else { return nil }
        let reason = many > few && after < before ? ", since the calls were most of it." : "."
        return
            "With \(TourPlan.loadPipeline) requests in flight stage 4 makes \(Format.number(many, decimals: 2)) calls of "
            + "read and write for each, and stage 5 \(Format.number(few, decimals: 2)). "
            + "The CPU for a request goes from \(Format.time(microseconds: before)) to "
            + "\(Format.time(microseconds: after))\(reason)"
    }

    /// What silent clients cost.
    public var connectionsFinding: String? {
        var sentences: [String] = []
        for stage in [Stage.poll, .epoll] {
            guard let least = leastIdle(stage)?.cpuPerRequest, least > 0, let most = mostIdle(stage), most.idle > 0,
                let cost = most.cpuPerRequest
            else { continue }
            sentences.append(
                "With \(Format.count(most.idle)) silent clients a request costs stage \(stage.title) "
                    + "\(Format.time(microseconds: cost)) of CPU, \(Self.times(cost / least)) as much as with none."
            )
        }
        if let memory = memoryPerThread {
            sentences.append("Stage 2 pays in memory: a thread and \(Format.memory(memory)) for each client.")
        }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    /// `8.5 times`, or `about` where the difference is within what such figures are good for.
    static func times(_ ratio: Double) -> String {
        (0.8...1.2).contains(ratio) ? "about" : Format.short(ratio) + " times"
    }

    /// What a silent client costs stage 2, in bytes.
    var memoryPerThread: Int? {
        guard let least = leastIdle(.threads), let most = mostIdle(.threads), most.idle > least.idle else { return nil }
        return max(0, most.server.residentMemory - least.server.residentMemory) / (most.idle - least.idle)
    }

    /// When stage 5 is faster, and when it is not.
    public var throughputFinding: String? {
        let ratio = { (pipeline: Int) -> String? in
            guard let before = throughput(.epoll, TourPlan.loadConnections, pipeline, nil),
                let after = throughput(.pipelining, TourPlan.loadConnections, pipeline, nil),
                before.requestsPerSecond > 0
            else { return nil }
            return Self.times(after.requestsPerSecond / before.requestsPerSecond)
        }
        guard let waiting = ratio(1), let deep = ratio(TourPlan.loadPipeline) else { return nil }
        return
            "While each client waits for its reply stage 5 serves \(waiting) as many requests as stage 4; with "
            + "\(TourPlan.loadPipeline) in flight for each client, \(deep) as many."
    }

    /// Which stage does best with one client, and what that says.
    public var singleFinding: String? {
        let measured = single.filter { $0.cpuPerRequest != nil }
        guard measured.count > 1, let best = measured.min(by: { $0.cpuPerRequest! < $1.cpuPerRequest! }),
            let last = measured.last, let cost = last.cpuPerRequest
        else { return nil }
        let start =
            "With one client and one request at a time stage \(best.stage.title) spends least on a request: "
            + "\(Format.time(microseconds: best.cpuPerRequest!))."
        let most = measured.compactMap(\.cpuPerRequest).max()!
        guard best.stage == .sync || best.stage == .threads, last.stage.isLoop else {
            if most / best.cpuPerRequest! > 1.2 { return start }
            return start + " None wins by much: all make three or four calls for it, and those are most of the cost."
        }
        let ratio = Format.number(cost / best.cpuPerRequest!, decimals: 2)
        return start
            + " Stage \(last.stage.title) spends \(ratio) times that. It asks which client is ready before each "
            + "read, and with one client the answer is always the same; that it could serve thousands is no use here."
    }
}

extension LoadMeasurement {
    /// What happened to a load that was not served as a whole.
    public var servedText: String {
        let clients = "\(load.servedConnections) of \(connections) clients got replies"
        let rest =
            load.unanswered > 0 ? "; \(Format.count(load.unanswered)) requests of the others were left waiting" : ""
        return "\(stage.title): \(clients)\(rest)."
    }
}

extension LoadHistogram {
    /// How the latencies spread, in twelve steps of a third of a power of ten from 10 µs to 100 ms.
    public var sparkline: String {
        var counts = [Int](repeating: 0, count: 12)
        for (upperBound, count) in buckets { counts[Self.step(of: upperBound)] += count }
        let largest = counts.max() ?? 0
        return counts.map { count in
            if count == 0 || largest == 0 { return "·" }
            let heights = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
            return heights[min(7, count * 8 / largest)]
        }.joined()
    }

    private static func step(of nanoseconds: Int) -> Int {
        // Thirds of a power of ten: 10, 21.5 and 46.4 µs, and so on.
        let bounds = [
            21_500, 46_400, 100_000, 215_000, 464_000, 1_000_000, 2_150_000, 4_640_000, 10_000_000, 21_500_000,
            46_400_000,
        ]
        return bounds.firstIndex { nanoseconds <= $0 } ?? bounds.count
    }
}
