// What the tour measured, before anybody draws it.

import LabKit

/// The work of a server between two moments, or its state at the second.
struct ServerWork: Codable, Sendable, Equatable {
    /// Microseconds of processor time: in the program, and in the kernel on its behalf.
    var userTime = 0
    var systemTime = 0
    var reads = 0
    var writes = 0
    /// Calls of poll, epoll_wait or io_uring_enter, by the server's own count.
    var waits = 0
    var voluntarySwitches = 0
    var involuntarySwitches = 0
    var threads = 0
    var residentMemory = 0

    /// What adds up; of the others the most counts.
    private static var sums: [WritableKeyPath<ServerWork, Int>] {
        [
            \.userTime, \.systemTime, \.reads, \.writes, \.waits, \.voluntarySwitches, \.involuntarySwitches,
        ]
    }

    /// Adds work that was done at another time.
    mutating func add(_ other: ServerWork) {
        for sum in Self.sums { self[keyPath: sum] += other[keyPath: sum] }
        threads = max(threads, other.threads)
        residentMemory = max(residentMemory, other.residentMemory)
    }

    var cpuTime: Int { userTime + systemTime }
    var switches: Int { voluntarySwitches + involuntarySwitches }
}

extension ServerWork {
    init(from start: ProcessFacts, to end: ProcessFacts) {
        // The scheduler knows the sum to the nanosecond, and how it is shared out only by its ticks: a part may seem to
        // have fallen, the sum never does.
        let total = max(0, end.cpuTime - start.cpuTime)
        userTime = min(max(0, end.userTime - start.userTime), total)
        systemTime = total - userTime
        reads = end.reads - start.reads
        writes = end.writes - start.writes
        voluntarySwitches = max(0, end.voluntarySwitches - start.voluntarySwitches)
        involuntarySwitches = max(0, end.involuntarySwitches - start.involuntarySwitches)
        threads = max(start.threads, end.threads)
        residentMemory = max(start.residentMemory, end.residentMemory)
    }
}

/// Experiment 1, one stage.
struct WaitingResult: Codable, Sendable {
    let stage: Stage
    /// How long A thinks, in microseconds.
    let thinkTime: Double
    let timelines: [Timeline]

    /// How long the second client waited for its reply, in microseconds; nil if it got none.
    var secondClientWait: Double? { timelines.count > 1 ? timelines[1].waitingTime : nil }

    /// Whether the second client had its reply before the first had thought, which no time tells: it is an order.
    /// Nil where that was not seen.
    var secondClientIsFirst: Bool? {
        guard timelines.count > 1, let reply = timelines[1].replyStart,
            let thought = timelines[0].spans.first(where: { $0.phase == .thinking })
        else { return nil }
        return reply < thought.end
    }
}

/// One load on one server: experiments 2, 4, 5 and 6.
struct LoadMeasurement: Codable, Sendable {
    let stage: Stage
    let connections: Int
    let pipeline: Int
    /// Requests per second that fell due; nil for a closed loop.
    let rate: Int?
    private(set) var load: LoadResult
    private(set) var server: ServerWork
    /// Requests per second in each round, and microseconds of the server's CPU for each request.
    private(set) var rounds: [Double]
    private(set) var costs: [Double]

    init(
        stage: Stage, connections: Int, pipeline: Int, rate: Int? = nil, load: LoadResult, server: ServerWork
    ) {
        (self.stage, self.connections, self.pipeline, self.rate) = (stage, connections, pipeline, rate)
        (self.load, self.server) = (load, server)
        rounds = [load.requestsPerSecond]
        costs = load.requests > 0 ? [Double(server.cpuTime) / Double(load.requests)] : []
    }

    mutating func add(_ other: LoadMeasurement) {
        load.add(other.load)
        server.add(other.server)
        rounds += other.rounds
        costs += other.costs
    }

    /// What the rounds say together; nil of a load that was not served as a whole.
    var throughput: Spread? { isServed ? Spread(rounds) : nil }
    var cost: Spread? { isServed ? Spread(costs) : nil }

    /// Whether further rounds would tell nothing new: what is not served stays so.
    var isSteady: Bool { !isServed || Spread(costs).isSteady }

    /// The median of the rounds: one that something else disturbed does not count.
    var requestsPerSecond: Double { Spread(rounds).median }

    /// A load of which only a part was served says what happened, not what a request costs.
    var isServed: Bool { load.requests > 0 && load.servedConnections == connections }

    func perRequest(_ total: Int) -> Double? {
        load.requests > 0 ? Double(total) / Double(load.requests) : nil
    }

    /// Microseconds: the median of the rounds.
    var cpuPerRequest: Double? { costs.isEmpty ? nil : Spread(costs).median }
    var readsPerRequest: Double? { perRequest(server.reads) }
    var writesPerRequest: Double? { perRequest(server.writes) }
    var callsPerRequest: Double? { perRequest(server.reads + server.writes) }
    /// Those that wait as well: io_uring's one call is one of them.
    var allCallsPerRequest: Double? { perRequest(server.reads + server.writes + server.waits) }
    var switchesPerRequest: Double? { perRequest(server.switches) }

    /// Microseconds.
    func latency(_ percent: Double) -> Double? {
        load.latency.count > 0 ? Double(load.latency.quantile(percent / 100)) / 1000 : nil
    }
}

extension [LoadMeasurement] {
    /// The load of a stage: without more words, the first with one request in flight, in a closed loop.
    func of(_ stage: Stage, _ pipeline: Int = 1, connections: Int? = nil, rate: Int? = nil) -> LoadMeasurement? {
        first {
            $0.stage == stage && $0.pipeline == pipeline && $0.connections == connections ?? $0.connections
                && $0.rate == rate
        }
    }

    /// Adds a round of a load.
    mutating func add(_ round: LoadMeasurement) {
        let index = firstIndex {
            $0.stage == round.stage && $0.pipeline == round.pipeline && $0.connections == round.connections
                && $0.rate == round.rate
        }
        if let index { self[index].add(round) } else { append(round) }
    }
}

/// Experiment 3, one stage and one number of idle connections.
struct ConnectionMeasurement: Codable, Sendable {
    let stage: Stage
    /// Idle connections that were wanted, and those that the server had.
    let wanted: Int
    var idle: Int
    /// How long each request of the active client took.
    var latency = LoadHistogram()
    /// Microseconds of the server's CPU for each request, in each of several rounds.
    var costs: [Double] = []
    var server = ServerWork()
    /// What stood in the way, in words.
    var remark: String?

    var isAnswered: Bool { latency.count > 0 }

    /// Microseconds.
    func latency(_ percent: Double) -> Double? {
        isAnswered ? Double(latency.quantile(percent / 100)) / 1000 : nil
    }
    var cost: Spread? { isAnswered && !costs.isEmpty ? Spread(costs) : nil }
    var cpuPerRequest: Double? { cost?.median }
}

/// System calls per request, as `strace` counts them.
struct SystemCallMeasurement: Codable, Sendable {
    let stage: Stage
    let pipeline: Int
    let requests: Int
    let calls: [Call]

    struct Call: Codable, Sendable {
        let name: String
        let perRequest: Double
    }

    /// `read 1.00, write 1.00`
    var list: String {
        calls.map { "\($0.name) \(Format.number($0.perRequest, decimals: 2))" }.joined(separator: ", ")
    }
}

struct TourResults: Codable, Sendable {
    var waiting: [WaitingResult] = []
    var requests: [LoadMeasurement] = []
    var connections: [ConnectionMeasurement] = []
    var throughput: [LoadMeasurement] = []
    var single: [LoadMeasurement] = []
    var beyond: [LoadMeasurement] = []
    var systemCalls: [SystemCallMeasurement] = []
    /// Wrong or missing replies. With any of them, the run has failed.
    var problems: [String] = []
    /// What could not be measured here, and why.
    var remarks: [String] = []
    /// Seconds.
    var duration = 0.0

}
