// What the tour measured, before anybody draws it.

/// The work of a server between two moments, or its state at the second.
public struct ServerWork: Codable, Sendable, Equatable {
    /// Microseconds of processor time: in the program, and in the kernel on its behalf.
    public var userTime = 0
    public var systemTime = 0
    public var reads = 0
    public var writes = 0
    /// Calls of poll, epoll_wait or io_uring_enter, by the server's own count.
    public var waits = 0
    public var voluntarySwitches = 0
    public var involuntarySwitches = 0
    public var threads = 0
    public var residentMemory = 0

    public init() {}

    public init(from start: ProcessFacts, to end: ProcessFacts) {
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

    /// Adds work that was done at another time.
    public mutating func add(_ other: ServerWork) {
        userTime += other.userTime
        systemTime += other.systemTime
        reads += other.reads
        writes += other.writes
        waits += other.waits
        voluntarySwitches += other.voluntarySwitches
        involuntarySwitches += other.involuntarySwitches
        threads = max(threads, other.threads)
        residentMemory = max(residentMemory, other.residentMemory)
    }

    public var cpuTime: Int { userTime + systemTime }
    public var switches: Int { voluntarySwitches + involuntarySwitches }
}

/// Experiment 1, one stage.
public struct WaitingResult: Codable, Sendable {
    public let stage: Stage
    /// How long A thinks, in microseconds.
    public let thinkTime: Double
    public let timelines: [Timeline]

    public init(stage: Stage, thinkTime: Double, timelines: [Timeline]) {
        self.stage = stage
        self.thinkTime = thinkTime
        self.timelines = timelines
    }

    /// How long the second client waited for its reply, in microseconds; nil if it got none.
    public var secondClientWait: Double? { timelines.count > 1 ? timelines[1].waitingTime : nil }

    /// Whether the second client had its reply before the first had thought, which no time tells: it is an order.
    /// Nil where that was not seen.
    public var secondClientIsFirst: Bool? {
        guard timelines.count > 1, let reply = timelines[1].replyStart,
            let thought = timelines[0].spans.first(where: { $0.phase == .thinking })
        else { return nil }
        return reply < thought.end
    }
}

/// One load on one server: experiments 2, 4, 5 and 6.
public struct LoadMeasurement: Codable, Sendable {
    public let stage: Stage
    public let connections: Int
    public let pipeline: Int
    /// Requests per second that fell due; nil for a closed loop.
    public let rate: Int?
    public private(set) var load: LoadResult
    public private(set) var server: ServerWork
    /// Requests per second in each round, and microseconds of the server's CPU for each request.
    public private(set) var rounds: [Double]
    public private(set) var costs: [Double]

    public init(
        stage: Stage, connections: Int, pipeline: Int, rate: Int? = nil, load: LoadResult, server: ServerWork
    ) {
        self.stage = stage
        self.connections = connections
        self.pipeline = pipeline
        self.rate = rate
        self.load = load
        self.server = server
        rounds = [load.requestsPerSecond]
        costs = load.requests > 0 ? [Double(server.cpuTime) / Double(load.requests)] : []
    }

    /// Adds another round of the same load.
    public mutating func add(_ other: LoadMeasurement) {
        load.add(other.load)
        server.add(other.server)
        rounds += other.rounds
        costs += other.costs
    }

    /// What the rounds say together; nil of a load that was not served as a whole.
    public var throughput: Spread? { isServed ? Spread(rounds) : nil }
    public var cost: Spread? { isServed ? Spread(costs) : nil }

    /// Whether further rounds would tell nothing new: what is not served stays so.
    public var isSteady: Bool { !isServed || Spread(costs).isSteady }

    /// The median of the rounds: one that something else disturbed does not count.
    public var requestsPerSecond: Double { Spread(rounds).median }

    /// A load of which only a part was served says what happened, not what a request costs.
    public var isServed: Bool { load.requests > 0 && load.servedConnections == connections }

    public func perRequest(_ total: Int) -> Double? {
        load.requests > 0 ? Double(total) / Double(load.requests) : nil
    }

    /// Microseconds: the median of the rounds.
    public var cpuPerRequest: Double? { costs.isEmpty ? nil : Spread(costs).median }
    public var readsPerRequest: Double? { perRequest(server.reads) }
    public var writesPerRequest: Double? { perRequest(server.writes) }
    public var callsPerRequest: Double? { perRequest(server.reads + server.writes) }
    /// Those that wait as well: io_uring's one call is one of them.
    public var allCallsPerRequest: Double? { perRequest(server.reads + server.writes + server.waits) }
    public var switchesPerRequest: Double? { perRequest(server.switches) }

    /// Microseconds.
    public func latency(_ percent: Double) -> Double? {
        load.latency.count > 0 ? Double(load.latency.quantile(percent / 100)) / 1000 : nil
    }
}

/// Experiment 3, one stage and one number of idle connections.
public struct ConnectionMeasurement: Codable, Sendable {
    public let stage: Stage
    /// Idle connections that were wanted, and those that the server had.
    public let wanted: Int
    public var idle: Int
    /// How long each request of the active client took.
    public var latency = LoadHistogram()
    /// Microseconds of the server's CPU for each request, in each of several rounds.
    public var costs: [Double] = []
    public var server = ServerWork()
    /// What stood in the way, in words.
    public var remark: String?

    public init(stage: Stage, wanted: Int, idle: Int) {
        self.stage = stage
        self.wanted = wanted
        self.idle = idle
    }

    public var isAnswered: Bool { latency.count > 0 }

    /// Microseconds.
    public func latency(_ percent: Double) -> Double? {
        isAnswered ? Double(latency.quantile(percent / 100)) / 1000 : nil
    }
    public var cost: Spread? { isAnswered && !costs.isEmpty ? Spread(costs) : nil }
    public var cpuPerRequest: Double? { cost?.median }
}

/// System calls per request, as `strace` counts them.
public struct SystemCallMeasurement: Codable, Sendable {
    public let stage: Stage
    public let pipeline: Int
    public let requests: Int
    public let calls: [Call]

    public struct Call: Codable, Sendable {
        public let name: String
        public let perRequest: Double

        public init(name: String, perRequest: Double) {
            self.name = name
            self.perRequest = perRequest
        }
    }

    public init(stage: Stage, pipeline: Int, requests: Int, calls: [Call]) {
        self.stage = stage
        self.pipeline = pipeline
        self.requests = requests
        self.calls = calls
    }
}

/// Everything.
public struct TourResults: Codable, Sendable {
    public var waiting: [WaitingResult] = []
    public var requests: [LoadMeasurement] = []
    public var connections: [ConnectionMeasurement] = []
    public var throughput: [LoadMeasurement] = []
    public var single: [LoadMeasurement] = []
    public var beyond: [LoadMeasurement] = []
    public var systemCalls: [SystemCallMeasurement] = []
    /// Wrong or missing replies. With any of them, the run has failed.
    public var problems: [String] = []
    /// What could not be measured here, and why.
    public var remarks: [String] = []
    /// Seconds.
    public var duration = 0.0

    public init() {}
}
