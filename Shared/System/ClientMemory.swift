// How much clients can make a server hold: each by itself, and all of them together.
//
// A client that writes much before it reads must be served: what it is owed waits for it here, or both would wait for
// each other for ever. One that never reads must not cost more than so much, nor may a thousand of them. So there is a
// number for all together, and what one may still add falls as they hold more: the first to come gets plenty, and the
// thousandth little.
//
// What clients hold beside this is small: a connection some 300 bytes, its name at most 4 KB.

/// What the buffers of all clients take, and its limits.
public enum ClientMemory {
    /// What a buffer holds.
    enum Purpose: UInt8 { case requests, replies }

    /// The buffers of requests that have not arrived whole, or were not executed yet; and what else clients leave here.
    static let requests = MemoryAccount()
    /// The buffers of replies that were not sent yet.
    static let replies = MemoryAccount()

    /// Bytes of both.
    static var used: Int { requests.value + replies.value }

    /// Notes that a buffer has grown, or shrunk.
    static func note(_ change: Int, _ purpose: Purpose) {
        switch purpose {
        case .requests: requests.add(change)
        case .replies: replies.add(change)
        }
    }

    /// Notes that so much of a buffer is somebody else's by now.
    static func handOver(_ count: Int, _ purpose: Purpose) {
        switch purpose {
        case .requests: requests.handOver(count)
        case .replies: replies.handOver(count)
        }
    }

    // MARK: Limits, in bytes

    /// What each client may always have: ordinary requests and their replies work, whatever the others do. For a
    /// thousand clients it is 16 MB of each kind.
    static let share = 16 << 10
    /// Of all unsent replies together, up to which a client's next request is executed though it has not read the
    /// replies to those before. One client alone gets half of it and a little more: enough for 64 MB that were sent
    /// before the first reply is read.
    static let maxPipelinedReplies = 160 << 20
    /// Of all unsent replies together. What is above the limit of pipelined ones is for long single replies. With the
    /// shares of a thousand clients it is 256 MB.
    static let maxReplies = 224 << 20
    /// A value may be longer than that and must be readable all the same: it is sent while no more than this is unsent.
    static let maxRepliesBesideLongest = 64 << 20
    /// Of all requests that have arrived in part. Redis allows a gigabyte to each client (`RESPCodec.maxRequestLength`), for
    /// which a buffer may have grown to a quarter more.
    static let maxRequests = 3 << 29

    /// How many unsent bytes a client may have before its requests are no longer executed: of what is left, half. (The
    /// other half is what the client itself will then hold.)
    public static var highWaterMark: Int { max(share, maxPipelinedReplies - replies.value) }

    /// Whether a reply may become so many bytes longer.
    static func allowsReply(of count: Int) -> Bool {
        let held = replies.value
        return held + count <= maxReplies || held <= maxRepliesBesideLongest
    }

    /// Whether a client that has sent so many bytes of a request may send the rest of it.
    static func allowsRequest(of count: Int) -> Bool {
        count <= share || requests.value <= maxRequests
    }
}
