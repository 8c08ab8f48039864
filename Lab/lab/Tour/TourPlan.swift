// How much the tour does: the same experiments, with fewer or more steps, and shorter or longer.

import LabKit

/// The sizes of all experiments.
struct TourPlan: Sendable {
    enum Level: String, Codable, Sendable {
        case quick, normal, full
    }

    let level: Level
    /// Experiment 1, in microseconds: how long A thinks, how long C reads, how long the others stay.
    let thinkTime: Double
    let readTime: Double
    let stayTime: Double
    /// Experiment 2: which clients × requests in flight are measured, and for how many seconds in one round.
    let connections: [Int]
    let pipelines: [Int]
    let measuresAllCombinations: Bool
    let cellTime: Double
    /// Experiment 3: idle connections, and the seconds for which the active client asks.
    let idle: [Int]
    let activeTime: Double
    /// Each figure is that of so many rounds. With five on either side, two equal servers seem different once in 126 times.
    let rounds: Int
    /// Seconds of each load in one round, and requests per second of the open one.
    let loadTime: Double
    let rate: Int
    /// Seconds of the one client in one round.
    let singleTime: Double

    /// Experiment 4.
    static let loadConnections = 50
    static let loadPipeline = 16
    /// Seconds for which the clients that stage 1 does not serve are given a chance.
    static let patience = 0.4

    init(_ level: Level) {
        self.level = level
        switch level {
        case .quick:
            (thinkTime, readTime, stayTime) = (250_000, 120_000, 40_000)
            (connections, pipelines, measuresAllCombinations, cellTime) = ([1, 50], [1, 16], false, 0.04)
            (idle, activeTime) = ([0, 500, 2000], 0.12)
            (rounds, loadTime, rate, singleTime) = (5, 0.05, 5000, 0.04)
        case .normal:
            (thinkTime, readTime, stayTime) = (500_000, 300_000, 100_000)
            (connections, pipelines) = ([1, 10, 100, 1000], [1, 4, 16, 64])
            (measuresAllCombinations, cellTime) = (false, 0.04)
            (idle, activeTime) = ([0, 100, 1000, 10_000], 0.2)
            (rounds, loadTime, rate, singleTime) = (5, 0.08, 10_000, 0.06)
        case .full:
            (thinkTime, readTime, stayTime) = (1_000_000, 600_000, 200_000)
            (connections, pipelines) = ([1, 10, 100, 1000], [1, 4, 16, 64])
            (measuresAllCombinations, cellTime) = (true, 0.3)
            (idle, activeTime) = ([0, 100, 1000, 2000, 5000, 10_000], 1)
            (rounds, loadTime, rate, singleTime) = (7, 0.4, 10_000, 0.3)
        }
    }

    /// Rounds go on until they agree to within a tenth, but not beyond this: on a busy machine they never would.
    var mostRounds: Int { 2 * rounds }

    /// Microseconds that a picture of experiment 1 shows: what it should take, or what it took.
    func waitingScale(_ timelines: [Timeline]) -> Double {
        timelines.map(\.end).reduce(thinkTime + readTime + 4 * stayTime, max)
    }

    /// How many clients the deep pipelines of experiment 2 are shown with.
    var fewConnections: Int { connections[min(1, connections.count - 1)] }

    /// Whether experiment 2 measures this combination: more and more clients with one request each, and more and more
    /// requests of one client and of a few. The others are for the patient.
    func measures(_ connections: Int, _ pipeline: Int) -> Bool {
        measuresAllCombinations || pipeline == 1 || connections <= fewConnections
    }
}
