// What the figures of experiment 6 say, in words: Uring and Cores beside stage 5.

import LabKit

extension TourResults {
    /// What each variation saves, of what stage 5 spends.
    var beyondFinding: String? {
        let sentences = [Stage.uring, .cores].compactMap { sentence($0) }.filter { !$0.isEmpty }
        return sentences.isEmpty ? nil : sentences.joined(separator: " ")
    }

    /// The variations that were measured.
    var beyondServers: [Stage] { [.uring, .cores].filter { beyond($0) != nil } }

    /// One load of experiment 6.
    func beyond(_ server: Stage, _ pipeline: Int = 1) -> LoadMeasurement? {
        beyond.first { $0.stage == server && $0.pipeline == pipeline }
    }

    /// Calls, which are counted, and CPU, where the rounds agree.
    var uringSentence: [String?] {
        guard let own = beyond(.uring), let base = beyond(.pipelining), let few = own.allCallsPerRequest,
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
    var coresSentence: [String?] {
        guard let own = beyond(.cores), let base = beyond(.pipelining),
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
