// A recording of `lab trace`: who did what to a stage, and every system call that it answered with. As a value that is
// written to a file, and drawn again from there.

import LabKit

/// What is played in front of a server.
enum TraceScene: String, CaseIterable, Sendable, Codable {
    case waiting, pipeline, backpressure

    var title: String {
        switch self {
        case .waiting: "Who waits"
        case .pipeline: "Sixteen requests at once"
        case .backpressure: "A client that never reads"
        }
    }

    var story: String {
        switch self {
        case .waiting: "A sends half a request, and the rest a while later. Meanwhile B asks."
        case .pipeline: "A sends sixteen requests with one write, and reads sixteen replies."
        case .backpressure:
            "A asks for twenty-four values of 4 MB and reads none of them. B asks. Then A sends one more request, and leaves."
        }
    }
}

/// All servers that a scene was played in front of.
struct TraceRecording: Sendable, Codable {
    let scene: TraceScene
    /// When and where.
    let date: String
    let machine: String
    var stages: [StageTrace]

    /// The longest of them: what the time axis has to show, in microseconds.
    var duration: Double { stages.map(\.duration).max() ?? 0 }
}

/// One server. All times are in microseconds since the scene began.
struct StageTrace: Sendable, Codable {
    let stage: Stage
    let duration: Double
    let clients: [TraceClient]
    let calls: [TracedCall]

    /// The server's threads by number, from 1: the first is the one that `main` runs on.
    var threads: [Int] { Set(calls.map(\.thread)).sorted() }
}

/// A client of a scene.
struct TraceClient: Sendable, Codable {
    /// `A`, `B`: in the order in which they connect.
    let name: String
    let spans: [Timeline.Span]
    /// How many whole requests it has sent, and how many whole replies it has read.
    let asked: Int
    let answered: Int
    let sent: [Transfer]
    let received: [Transfer]

    /// When it left.
    var end: Double { spans.last?.end ?? 0 }

    /// Bytes that a client gave to the kernel, or took from it.
    struct Transfer: Sendable, Codable {
        let time: Double
        let bytes: Int
    }
}

/// A system call of the server.
struct TracedCall: Sendable, Codable {
    let thread: Int
    let name: String
    /// As strace prints them. No result: it had not returned when the scene was over.
    let arguments: String
    let result: String?
    let start: Double
    let end: Double
    /// Whose descriptor it is about: `A`, `listener`, `epoll`; several for a `poll`, none for what has none.
    let targets: [String]
    /// The client that it served; of a call that waits for many, those that it found ready, the listener among them.
    let served: [String]

    var duration: Double { end - start }

    /// The number that it returned; nil for an error.
    var value: Int? {
        result.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// `EAGAIN`
    var error: String? {
        guard let result, result.hasPrefix("-1 ") else { return nil }
        return String(result.dropFirst(3).prefix { $0 != " " })
    }

    var isRead: Bool { name == "read" }
    var isWrite: Bool { name == "write" }
    /// Whether it waits for any of several descriptors.
    var isWait: Bool { TraceNames.waits.contains(name) }

    /// Microseconds from which a call that can wait is said to have waited. Traced, a call takes some twenty by itself.
    static let longCall = 2000.0
    /// Whether it has waited for a client, or for anybody.
    var hasWaited: Bool {
        duration >= Self.longCall && (isRead || isWrite || isWait || name == "accept4" || name == "futex")
    }
}
