// What the figures say, in words. The same words stand in the terminal and in the report.

extension TourResults {
    /// One load of experiment 4.
    public func throughput(_ stage: Stage, _ connections: Int, _ pipeline: Int, _ rate: Int?) -> LoadMeasurement? {
        throughput.first {
            $0.stage == stage && $0.connections == connections && $0.pipeline == pipeline && $0.rate == rate
        }
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
        guard best.stage != last.stage else {
            return start + " Not by much, for most of that is the kernel's work, which is nearly the same for all."
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
