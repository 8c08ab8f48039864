// What the figures say, in words. The same words stand in the terminal and in the report.

import LabKit

extension TourResults {
    /// Sentences one after the other; nil if there are none.
    static func text(_ sentences: [String?]) -> String? {
        let all = sentences.compactMap(\.self)
        return all.isEmpty ? nil : all.joined(separator: " ")
    }

    /// Why there is an open loop as well.
    static let coordinatedOmission =
        "In a closed loop a slow reply also delays the next request, so that a stall is measured once, however many "
        + "requests it would have met (coordinated omission). In the open loop requests fall due at fixed times, and "
        + "each latency counts from then."

    /// Who waited for A. It rests on who was answered before whom, since a time says little on a busy machine.
    var waitingFinding: String? {
        var sentences: [String] = []
        let first = waiting.first { $0.stage == .sync }
        if let first, let wait = first.secondClientWait, first.secondClientIsFirst == false {
            let connected = Format.time(microseconds: first.timelines[1].connectTime ?? 0)
            sentences.append(
                "In stage 1 B was connected after \(connected) and answered after \(Format.time(microseconds: wait)), "
                    + "when A had thought and was served.")
        }
        let free = waiting.filter { $0.secondClientIsFirst == true }
        if let longest = free.compactMap(\.secondClientWait).max() {
            sentences.append(
                "B was answered while A was still thinking, after \(Format.time(microseconds: longest)) at most, by "
                    + free.map(\.stage.title).joined(separator: ", ") + ".")
        }
        let late = waiting.filter { $0.stage != .sync && $0.secondClientIsFirst == false }
        if !late.isEmpty {
            sentences.append(
                "In this run it had to wait for A in " + late.map(\.stage.title).joined(separator: ", ")
                    + ", too: the machine was too busy to tell.")
        }
        return Self.text(sentences)
    }

    /// How far the rounds of experiment 2 lie apart, and which cells did not become steady.
    var requestsSpread: String? {
        let spreads = requests.compactMap { cell in cell.cost.map { (cell, $0) } }
        guard let widest = spreads.map(\.1.width).max() else { return nil }
        let percent = { (width: Double) in Format.number(width * 100, decimals: 0) + " %" }
        let text = "Medians of rounds; the least and the greatest lie \(percent(widest)) apart at most"
        let unsteady = spreads.filter { !$0.1.isSteady }
        if unsteady.isEmpty { return text + "." }
        let worst = unsteady.sorted { $0.1.width > $1.1.width }.prefix(3).map { cell, spread in
            "\(cell.stage.title) \(cell.connections) × \(cell.pipeline) \(percent(spread.width))"
        }
        return text + ". \(unsteady.count) of \(spreads.count) cells did not become steady (10 %): "
            + worst.joined(separator: ", ") + (unsteady.count > 3 ? " and others." : ".")
    }

    /// What pipelining saves: calls, which are counted, and CPU, where the rounds agree.
    var requestsFinding: String? {
        // The cell that the terminal prints as well: few clients, deep pipelines.
        let connections = Set(requests.map(\.connections)).sorted().prefix(2).last ?? 1
        let pipeline = TourPlan.loadPipeline
        let (base, own) = (
            requests.of(.epoll, pipeline, connections: connections),
            requests.of(.pipelining, pipeline, connections: connections)
        )
        guard let many = base?.callsPerRequest, let few = own?.callsPerRequest,
            let costs = Comparison(own?.cost, to: base?.cost)
        else { return nil }
        let calls =
            "With \(connections) × \(pipeline) requests in flight stage 4 makes \(Format.number(many, decimals: 2)) calls of "
            + "read and write for each, and stage 5 \(Format.number(few, decimals: 2)). "
        guard costs.isDifferent else { return calls + "No difference in CPU was measured (\(Self.ranges(costs)))." }
        return calls + "Stage 5 spends \(costs.times) the CPU of stage 4 on a request."
    }

    /// `3.1 to 3.4 µs beside 3.3 to 3.6 µs`
    static func ranges(_ comparison: Comparison) -> String {
        "\(comparison.figure.timeRange) beside \(comparison.base.timeRange)"
    }

    var connectionsFinding: String? {
        let memory = memoryPerThread.map {
            "Stage 2 pays in memory: a thread and \(Format.memory($0)) for each client."
        }
        return Self.text([growth(.poll), growth(.epoll), memory])
    }

    /// How the cost of an active client changed as silent ones were added.
    func growth(_ stage: Stage) -> String? {
        guard let most = mostIdle(stage), let least = leastIdle(stage), most.idle > least.idle,
            let costs = Comparison(most.cost, to: least.cost)
        else { return nil }
        let start =
            "With \(Format.count(most.idle)) silent clients a request of the active one costs stage \(stage.title) "
        // Silent clients save nothing: where the rounds without them are the dearer ones, the machine was busier then.
        guard costs.isMore else {
            return start
                + "\(costs.figure.timeRange) of CPU; without them \(costs.base.timeRange): no growth measured."
        }
        return start + "\(costs.figure.timeRange) of CPU, \(costs.times) as much as without them."
    }

    /// What a silent client costs stage 2, in bytes.
    var memoryPerThread: Int? {
        guard let least = leastIdle(.threads), let most = mostIdle(.threads), most.idle > least.idle else { return nil }
        let growth = most.server.residentMemory - least.server.residentMemory
        return growth > 0 ? growth / (most.idle - least.idle) : nil
    }

    /// When stage 5 is faster than stage 4.
    var throughputFinding: String? {
        let sentences = [1, TourPlan.loadPipeline].compactMap { pipeline -> String? in
            let (base, own) = (throughput.of(.epoll, pipeline), throughput.of(.pipelining, pipeline))
            guard let rates = Comparison(own?.throughput, to: base?.throughput) else { return nil }
            let start =
                pipeline == 1
                ? "While each client waits for its reply, " : "With \(pipeline) in flight for each client, "
            guard rates.isDifferent else {
                return start + "no difference between stages 4 and 5 was measured: their rounds overlap."
            }
            let calls = [base, own].map { Format.number($0?.callsPerRequest, decimals: 2) }
            return start + "stage 5 serves \(rates.times) as many requests as stage 4. It makes "
                + (Set(calls).count == 1
                    ? "as many calls of read and write: the difference is none of the idea's."
                    : "\(calls[1]) calls of read and write for each, and stage 4 \(calls[0]).")
        }
        return Self.text(sentences)
    }

    /// What one client costs each stage: calls, which are counted, and CPU, where the rounds of two do not overlap.
    var singleFinding: String? {
        let measured = single.filter { $0.cost != nil }
        guard measured.count > 1, let best = measured.min(by: { $0.cost!.median < $1.cost!.median }) else { return nil }
        let calls = Set(
            measured.map { Format.number($0.allCallsPerRequest, decimals: 1) })
        var sentence = calls.count == 1 ? "Each stage makes \(calls.first!) calls for a request. " : ""
        let slower = measured.filter { Comparison($0.cost, to: best.cost)?.isMore ?? false }
        if slower.isEmpty {
            return sentence
                + "No difference in CPU was measured: the rounds of every stage overlap those of the cheapest."
        }
        sentence += "Least CPU was spent by stage \(best.stage.title): \(best.cost!.timeRange). More was spent by "
        sentence += slower.map { "\($0.stage.title) (\(Comparison($0.cost, to: best.cost)!.times) as much)" }
            .joined(separator: ", ")
        return sentence + "; no difference was measured to the others."
    }
}

extension LoadMeasurement {
    /// What happened to a load that was not served as a whole.
    var servedText: String {
        let clients = "\(load.servedConnections) of \(connections) clients got replies"
        let rest =
            load.unanswered > 0 ? "; \(Format.count(load.unanswered)) requests of the others were left waiting" : ""
        return "\(stage.title): \(clients)\(rest)."
    }
}

extension LoadHistogram {
    /// How the latencies spread, in twelve steps of a third of a power of ten from 10 µs to 100 ms.
    var sparkline: String {
        // Thirds of a power of ten: 10, 21.5 and 46.4 µs, and so on.
        let bounds = [
            21_500, 46_400, 100_000, 215_000, 464_000, 1_000_000, 2_150_000, 4_640_000, 10_000_000, 21_500_000,
            46_400_000,
        ]
        var counts = [Int](repeating: 0, count: 12)
        for (upperBound, count) in buckets {
            counts[bounds.firstIndex { upperBound <= $0 } ?? bounds.count] += count
        }
        let largest = counts.max() ?? 0
        return counts.map { count in
            if count == 0 || largest == 0 { return "·" }
            let heights = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
            return heights[min(7, count * 8 / largest)]
        }.joined()
    }
}
