// What load is to be put on a server, and what came of it.

import Shared

/// The request that is sent again and again.
public enum LoadCommand: String, CaseIterable, Sendable {
    case ping
    /// Values that are derived from their keys, so that GET knows what it must get.
    case set
    /// Finds what SET wrote: the keys are written before the clock starts.
    case get
    /// Nine GET, one SET.
    case mixed
    /// Each connection counts a key of its own up, so that every reply is known beforehand.
    case incr
}

/// A load: how many connections, how many requests in flight on each, for how long.
public struct LoadPlan: Sendable {
    /// When to stop sending.
    public enum Limit: Sendable, Equatable {
        case requests(Int)
        case seconds(Double)
    }

    public enum KeyOrder: Sendable, Equatable {
        /// The same random keys in every run with the same seed.
        case random(seed: UInt64)
        /// One after another, each once: to fill a store.
        case sequential
    }

    public var host = "127.0.0.1"
    public var port: Int
    public var wireProtocol: WireProtocol
    public var command = LoadCommand.ping
    public var connections = 50
    /// Requests that a connection sends before it waits for their replies.
    public var pipeline = 1
    public var limit = Limit.requests(100_000)
    /// Keys are numbered, and 16 bytes long.
    public var keys = 0..<100_000
    public var keyOrder = KeyOrder.random(seed: 1)
    /// Bytes of a value.
    public var valueSize = 3
    /// Where every value is to be the same: that value.
    public var fixedValue: [UInt8]?
    /// With SET: when the keys expire, in milliseconds since 1970, spread evenly over this range.
    public var expiry: Range<Int>?
    /// Requests that fall due per second whatever the server does: an open loop. Nil for a closed loop, in which the
    /// next request waits for the reply to the last one.
    public var rate: Int?
    /// Seconds without any reply after which the run ends with what it has.
    public var patience = 10.0
    /// Seconds after which a run that is still going sends nothing more.
    public var deadline = 120.0
    /// Called once when nothing at all has come back for `LoadPlan.silence`.
    public var onSilence: (@Sendable () -> Void)?
    /// Seconds after which a server that has never replied is thought to speak another protocol, or to be busy.
    public static let silence = 2.0

    public init(port: Int, wireProtocol: WireProtocol) {
        self.port = port
        self.wireProtocol = wireProtocol
    }
}

/// What came of a load. Replies are counted only after their bytes were compared with what they must be.
public struct LoadResult: Codable, Sendable {
    /// Requests that were answered.
    public var requests = 0
    /// Requests that were sent, and not answered when the run was given up.
    public var unanswered = 0
    /// From the first request to the last reply, in seconds.
    public var elapsed = 0.0
    /// Nanoseconds from the moment a request was sent, or in an open loop was due, until its reply was here.
    public var latency = LoadHistogram()
    public var connections = 0
    /// Connections that got at least one reply.
    public var servedConnections = 0
    public var bytesSent = 0
    public var bytesReceived = 0
    /// CPU time of the load generator itself, in seconds.
    public var clientTime = 0.0

    /// Whether it was ended before its time, by `Load.interrupt`.
    public var wasInterrupted = false

    public init() {}

    /// Seconds by which an open loop of `rate` took longer than its requests took to fall due; nil where it kept up.
    public func delay(at rate: Int?) -> Double? {
        guard let rate else { return nil }
        let due = Double(requests + unanswered) / Double(rate)
        // The last requests are answered a little after they are due; that is no backlog.
        return elapsed > 1.1 * due + 0.05 ? elapsed - due : nil
    }

    public var requestsPerSecond: Double { elapsed > 0 ? Double(requests) / elapsed : 0 }

    /// The part of the time that the load generator was computing; near 1, it was what limited the run.
    public var clientShare: Double { elapsed > 0 ? clientTime / elapsed : 0 }

    /// Whether every request that was sent has been answered.
    public var isComplete: Bool { unanswered == 0 }
}

/// Why a run has failed.
public enum LoadError: Error, Equatable, CustomStringConvertible {
    /// A plan that makes no sense.
    case plan(String)
    /// A reply that is not the one to this request.
    case wrongReply(request: Int, expected: [UInt8], received: [UInt8])
    /// Bytes although every request was answered.
    case unexpectedReply([UInt8])
    /// The server closed a connection after so many replies on it.
    case closed(afterReplies: Int)
    /// A call failed.
    case system(String)
    /// `Load.interrupt` was called before there was anything to measure.
    case interrupted

    public var description: String {
        switch self {
        case .plan(let reason): reason
        case .wrongReply(let request, let expected, let received):
            "wrong reply to request \(request) of a connection: expected \(Self.quoted(expected)), "
                + "received \(Self.quoted(received))"
        case .unexpectedReply(let bytes): "a reply that nobody asked for: \(Self.quoted(bytes))"
        case .closed(let replies): "the server closed a connection, after \(replies) replies on it"
        case .system(let reason): reason
        case .interrupted: "interrupted while the keys were written"
        }
    }

    private static func quoted(_ bytes: [UInt8]) -> String {
        let longest = 80
        return ReplyFormat.quoted(Array(bytes.prefix(longest))) + (bytes.count > longest ? "..." : "")
    }
}
