// A recording of `lab trace`: who did what to a stage, and every system call that it answered with. As a value that is
// written to a file, and drawn again from there.

/// What is played in front of a server.
public enum TraceScene: String, CaseIterable, Sendable, Codable {
    case waiting, pipeline, backpressure

    public var title: String {
        switch self {
        case .waiting: "Who waits"
        case .pipeline: "Sixteen requests at once"
        case .backpressure: "A client that never reads"
        }
    }

    public var story: String {
        switch self {
        case .waiting: "A sends half a request, and the rest a while later. Meanwhile B asks."
        case .pipeline: "A sends sixteen requests with one write, and reads sixteen replies."
        case .backpressure:
            "A asks for twenty-four values of 4 MB and reads none of them. B asks. Then A sends one more request, and leaves."
        }
    }
}

/// All servers that a scene was played in front of.
public struct TraceRecording: Sendable, Codable {
    public let scene: TraceScene
    /// When and where.
    public let date: String
    public let machine: String
    public var stages: [StageTrace]

    public init(scene: TraceScene, date: String, machine: String, stages: [StageTrace]) {
        (self.scene, self.date, self.machine, self.stages) = (scene, date, machine, stages)
    }

    /// The longest of them: what the time axis has to show, in microseconds.
    public var duration: Double { stages.map(\.duration).max() ?? 0 }
}

/// One server. All times are in microseconds since the scene began.
public struct StageTrace: Sendable, Codable {
    public let stage: Stage
    public let duration: Double
    public let clients: [TraceClient]
    public let calls: [TracedCall]

    public init(stage: Stage, duration: Double, clients: [TraceClient], calls: [TracedCall]) {
        (self.stage, self.duration, self.clients, self.calls) = (stage, duration, clients, calls)
    }

    /// The server's threads by number, from 1: the first is the one that `main` runs on.
    public var threads: [Int] { Set(calls.map(\.thread)).sorted() }
}

/// A client of a scene.
public struct TraceClient: Sendable, Codable {
    /// `A`, `B`: in the order in which they connect.
    public let name: String
    public let spans: [Timeline.Span]
    /// How many whole requests it has sent, and how many whole replies it has read.
    public let asked: Int
    public let answered: Int
    public let sent: [Transfer]
    public let received: [Transfer]

    /// When it left.
    public var end: Double { spans.last?.end ?? 0 }

    /// Bytes that a client gave to the kernel, or took from it.
    public struct Transfer: Sendable, Codable {
        public let time: Double
        public let bytes: Int

        public init(time: Double, bytes: Int) {
            (self.time, self.bytes) = (time, bytes)
        }
    }

    public init(
        name: String, spans: [Timeline.Span], asked: Int, answered: Int, sent: [Transfer], received: [Transfer]
    ) {
        (self.name, self.spans, self.asked, self.answered) = (name, spans, asked, answered)
        (self.sent, self.received) = (sent, received)
    }
}

/// A system call of the server.
public struct TracedCall: Sendable, Codable {
    public let thread: Int
    public let name: String
    /// As strace prints them. No result: it had not returned when the scene was over.
    public let arguments: String
    public let result: String?
    public let start: Double
    public let end: Double
    /// Whose descriptor it is about: `A`, `listener`, `epoll`; several for a `poll`, none for what has none.
    public let targets: [String]
    /// The client that it served; of a call that waits for many, those that it found ready, the listener among them.
    public let served: [String]

    public var duration: Double { end - start }

    /// The number that it returned; nil for an error.
    public var value: Int? {
        result.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// `EAGAIN`
    public var error: String? {
        guard let result, result.hasPrefix("-1 ") else { return nil }
        return String(result.dropFirst(3).prefix { $0 != " " })
    }

    public var isRead: Bool { name == "read" }
    public var isWrite: Bool { name == "write" }
    /// Whether it waits for any of several descriptors.
    public var isWait: Bool { TraceNames.waits.contains(name) }

    /// Microseconds from which a call that can wait is said to have waited. Traced, a call takes some twenty by itself.
    public static let longCall = 2000.0
    /// Whether it has waited for a client, or for anybody.
    public var hasWaited: Bool {
        duration >= Self.longCall && (isRead || isWrite || isWait || name == "accept4" || name == "futex")
    }
}
