// One connection of the load generator: it sends a batch of requests, and checks every byte that comes back.

@preconcurrency import Glibc
import LabKit
import Shared

struct LoadConnection {
    let number: CInt
    /// Set while the kernel has no room for what is to be sent.
    var watchesWrites = false
    /// The batch that is in flight.
    private(set) var batch: LoadBatch?
    /// Where in its block what is left to be sent is.
    private(set) var unsent = 0..<0
    /// Bytes of the batch's replies that have come, and were right.
    private(set) var checked = 0
    /// Replies of the batch that have come in whole.
    private(set) var answered = 0
    /// When the batch was sent, in nanoseconds.
    private(set) var startTime = 0
    /// Replies that have come on this connection.
    private(set) var replies = 0
    /// Open loop: requests that were due until now.
    var due = 0

    var isIdle: Bool { batch == nil }
    var hasUnsent: Bool { !unsent.isEmpty }

    mutating func start(_ batch: LoadBatch, at time: Int) {
        self.batch = batch
        unsent = batch.requests
        checked = 0
        answered = 0
        startTime = time
    }

    /// Writes once, if there is anything to send.
    ///
    /// - Returns: the bytes that were taken: none while the kernel is still connecting, or has no room.
    mutating func send() throws(LoadError) -> Int {
        guard let batch, !unsent.isEmpty else { return 0 }
        // MSG_NOSIGNAL: a server that has gone away is an error here, not the end of the process.
        let count = batch.block.requests.withUnsafeBytes {
            Glibc.send(number, $0.baseAddress! + unsent.lowerBound, unsent.count, CInt(MSG_NOSIGNAL))
        }
        if count < 0 {
            switch errno {
            case EAGAIN, EINTR: return 0
            case EPIPE, ECONNRESET: throw .closed(afterReplies: replies)
            // The connection was still being made.
            case ECONNREFUSED:
                throw .system(SystemCallError("connect", remedy: "is a server listening there?").description)
            default: throw .system(SystemCallError("send").description)
            }
        }
        unsent = unsent.dropFirst(count)
        return count
    }

    /// Reads once, into `scratch`, and checks what came.
    ///
    /// - Returns: the bytes that came, and the replies that they complete; nil when nothing has come.
    mutating func receive(
        into scratch: UnsafeMutableRawBufferPointer
    ) throws(LoadError) -> (bytes: Int, replies: Int)? {
        let count = recv(number, scratch.baseAddress, scratch.count, 0)
        if count <= 0 {
            switch count == 0 ? ECONNRESET : errno {
            case EAGAIN, EINTR: return nil
            case ECONNRESET: throw .closed(afterReplies: replies)
            default: throw .system(SystemCallError("recv").description)
            }
        }
        let received = UnsafeRawBufferPointer(rebasing: scratch[..<count])
        guard let batch else { throw .unexpectedReply(Array(received)) }
        let expected = batch.replies.dropFirst(checked)
        let isRight = batch.block.replies.withUnsafeBytes {
            memcmp(received.baseAddress!, $0.baseAddress! + expected.lowerBound, min(count, expected.count)) == 0
        }
        guard isRight else { throw wrongReply(received, expected, in: batch) }
        guard count <= expected.count else { throw .unexpectedReply(Array(received[expected.count...])) }
        checked += count
        let before = answered
        if count == expected.count {
            answered = batch.range.count
            self.batch = nil
        } else {
            while batch.replyEnd(answered) <= expected.lowerBound + count { answered += 1 }
        }
        replies += answered - before
        return (count, answered - before)
    }

    /// Finds the first wrong one of the replies in `received`.
    private func wrongReply(
        _ received: UnsafeRawBufferPointer, _ expected: Range<Int>, in batch: LoadBatch
    ) -> LoadError {
        let all = batch.block.replies
        let wrong = zip(received, all[expected]).prefix { $0 == $1 }
        let index = expected.lowerBound + wrong.count
        var reply = answered
        while batch.replyEnd(reply) <= index { reply += 1 }
        let (start, end) = (batch.replyEnd(reply - 1), batch.replyEnd(reply))
        // A reply that came in pieces was right up to this one.
        let earlier = Array(all[min(start, expected.lowerBound)..<expected.lowerBound])
        let rest = Array(received[max(0, start - expected.lowerBound)...])
        return .wrongReply(
            request: replies - answered + reply + 1, expected: Array(all[start..<end]), received: earlier + rest)
    }
}

extension LoadConnection {
    /// Opens a connection, and does not wait until it is there.
    static func open(to address: sockaddr_in) throws(LoadError) -> CInt {
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | SOCK_NONBLOCK.rawValue)
        let number = socket(AF_INET, type, 0)
        guard number >= 0 else { throw .system(SystemCallError("socket").description) }
        var on: CInt = 1
        // Without this, the kernel may keep a small request back until the last one is acknowledged.
        setsockopt(number, CInt(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<CInt>.size))
        var address = address
        let result = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if result < 0 && errno != EINPROGRESS {
            let error = SystemCallError("connect", remedy: "is a server listening at this port?")
            close(number)
            throw .system(error.description)
        }
        return number
    }
}
