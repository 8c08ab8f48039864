// How much the tour does: the same experiments, with fewer or more steps, and shorter or longer.

/// The sizes of all experiments.
public struct TourPlan: Sendable {
    public enum Level: String, Sendable {
        case quick, normal, full
    }

    public let level: Level
    /// Experiment 1, in microseconds: how long A thinks, how long C reads, how long the others stay.
    public let thinkTime: Double
    public let readTime: Double
    public let stayTime: Double
    /// Experiment 2.
    public let connections: [Int]
    public let pipelines: [Int]
    public let cellTime: Double
    /// Experiment 3: idle connections, and the seconds for which the active client asks.
    public let idle: [Int]
    public let activeTime: Double
    /// Experiment 4: seconds of each load, and requests per second of the open one.
    public let loadTime: Double
    public let rate: Int
    /// Experiment 5: rounds, and seconds of each stage in one of them.
    public let rounds: Int
    public let roundTime: Double

    /// Experiment 4.
    public static let loadConnections = 50
    public static let loadPipeline = 16
    /// Seconds for which the clients that stage 1 does not serve are given a chance.
    public static let patience = 0.4

    public init(_ level: Level) {
        self.level = level
        switch level {
        case .quick:
            (thinkTime, readTime, stayTime) = (250_000, 120_000, 40_000)
            (connections, pipelines, cellTime) = ([1, 50], [1, 16], 0.08)
            (idle, activeTime) = ([0, 500, 3000], 0.15)
            (loadTime, rate) = (0.2, 5000)
            (rounds, roundTime) = (3, 0.05)
        case .normal:
            (thinkTime, readTime, stayTime) = (500_000, 300_000, 100_000)
            (connections, pipelines, cellTime) = ([1, 10, 100, 1000], [1, 4, 16, 64], 0.1)
            (idle, activeTime) = ([0, 100, 1000, 5000, 10_000], 0.25)
            (loadTime, rate) = (0.6, 10_000)
            (rounds, roundTime) = (5, 0.1)
        case .full:
            (thinkTime, readTime, stayTime) = (1_000_000, 600_000, 200_000)
            (connections, pipelines, cellTime) = ([1, 10, 100, 1000], [1, 4, 16, 64], 0.5)
            (idle, activeTime) = ([0, 100, 1000, 2000, 5000, 10_000], 1)
            (loadTime, rate) = (3, 10_000)
            (rounds, roundTime) = (10, 0.3)
        }
    }
}
