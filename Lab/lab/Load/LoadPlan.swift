// What load is to be put on a server, and what came of it.

import LabKit
import Shared

/// The request that is sent again and again.
enum LoadCommand: String, CaseIterable, Sendable {
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
struct LoadPlan: Sendable {
    /// When to stop sending.
    enum Limit: Sendable, Equatable {
        case requests(Int)
        case seconds(Double)
    }

    enum KeyOrder: Sendable, Equatable {
        /// The same random keys in every run with the same seed.
        case random(seed: UInt64)
        /// One after another, each once: to fill a store.
        case sequential
    }

    var host = "127.0.0.1"
    var port: Int
    var wireProtocol: WireProtocol
    var command = LoadCommand.ping
    var connections = 50
    /// Requests that a connection sends before it waits for their replies.
    var pipeline = 1
    var limit = Limit.requests(100_000)
    /// Keys are numbered, and 16 bytes long.
    var keys = 0..<100_000
    var keyOrder = KeyOrder.random(seed: 1)
    /// Bytes of a value.
    var valueSize = 3
    /// Where every value is to be the same: that value.
    var fixedValue: [UInt8]?
    /// With SET: when the keys expire, in milliseconds since 1970, spread evenly over this range.
    var expiry: Range<Int>?
    /// Requests that fall due per second whatever the server does: an open loop. Nil for a closed loop, in which the
    /// next request waits for the reply to the last one.
    var rate: Int?
    /// Seconds without any reply after which the run ends with what it has.
    var patience = 10.0
    /// Seconds after which a run that is still going sends nothing more.
    var deadline = 120.0
    /// Called once when nothing at all has come back for `LoadPlan.silence`.
    var onSilence: (@Sendable () -> Void)?
    /// Seconds after which a server that has never replied is thought to speak another protocol, or to be busy.
    static let silence = 2.0
}

/// What came of a load. Replies are counted only after their bytes were compared with what they must be.
struct LoadResult: Codable, Sendable {
    /// Requests that were answered.
    var requests = 0
    /// Requests that were sent, and not answered when the run was given up.
    var unanswered = 0
    /// From the first request to the last reply, in seconds.
    var elapsed = 0.0
    /// Nanoseconds from the moment a request was sent, or in an open loop was due, until its reply was here.
    var latency = LoadHistogram()
    var connections = 0
    /// Connections that got at least one reply.
    var servedConnections = 0
    var bytesSent = 0
    var bytesReceived = 0
    /// CPU time of the load generator itself, in seconds.
    var clientTime = 0.0

    /// Whether it was ended before its time, by `Load.interrupt`.
    var wasInterrupted = false

    /// Seconds by which an open loop of `rate` took longer than its requests took to fall due; nil where it kept up.
    func delay(at rate: Int?) -> Double? {
        guard let rate else { return nil }
        let due = Double(requests + unanswered) / Double(rate)
        // The last requests are answered a little after they are due; that is no backlog.
        return elapsed > 1.1 * due + 0.05 ? elapsed - due : nil
    }

    var requestsPerSecond: Double { elapsed > 0 ? Double(requests) / elapsed : 0 }

    /// The part of the time that the load generator was computing; near 1, it was what limited the run.
    var clientShare: Double { elapsed > 0 ? clientTime / elapsed : 0 }

    /// Whether every request that was sent has been answered.
    var isComplete: Bool { unanswered == 0 }
}

/// Why a run has failed.
enum LoadError: Error, Equatable, CustomStringConvertible {
    /// A reply that is not the one to this request.
    case wrongReply(request: Int, expected: [UInt8], received: [UInt8])
    /// Bytes although every request was answered.
    case unexpectedReply([UInt8])
    /// The server closed a connection after so many replies on it.
    case closed(afterReplies: Int)
    /// A call failed, or the plan makes no sense.
    case system(String)
    /// `Load.interrupt` was called before there was anything to measure.
    case interrupted

    var description: String {
        switch self {
        case .wrongReply(let request, let expected, let received):
            "wrong reply to request \(request) of a connection: expected \(expected.quoted), "
                + "received \(received.quoted)"
        case .unexpectedReply(let bytes): "a reply that nobody asked for: \(bytes.quoted)"
        case .closed(let replies): "the server closed a connection, after \(replies) replies on it"
        case .system(let reason): reason
        case .interrupted: "interrupted while the keys were written"
        }
    }
}
