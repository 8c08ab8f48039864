// One conversation, byte for byte: what is sent, in which pieces, what comes back, and who ends it.

@preconcurrency import Glibc
import LabKit
import Shared
import TestSupport

/// What a server did with a stream of bytes.
struct Outcome {
    var bytes: [UInt8]
    var fate: Fate
    /// Whether the end was a reset: the server closed while bytes that it had not read were waiting.
    var isReset: Bool

    /// What became of the connection.
    enum Fate {
        /// The server closed it, by itself or because the client had said that it sends nothing more.
        case closed
        /// It was still open when the last reply had come.
        case open
        /// Neither the last reply nor the end came within the time.
        case silent
    }
}

/// When a conversation is over.
enum Ending {
    /// When these bytes, the reply to the last request, have come.
    case reply([UInt8])
    /// When the server closes the connection without being asked to.
    case closedByServer
    /// When the server closes it after the client has ended its half.
    case halfClose
}

/// How a stream is cut into writes.
struct Pieces: CustomStringConvertible {
    let description: String
    /// Where each write ends, in a stream of so many bytes.
    let ends: (_ count: Int) -> [Int]

    static var whole: Pieces { Pieces(description: "in one write") { [$0] } }
    static var bytes: Pieces { Pieces(description: "byte by byte") { Array(1..<max(2, $0 + 1)) } }

    static func random(seed: UInt64) -> Pieces {
        Pieces(description: "in random pieces") { count in
            var random = SplitMix(seed: seed)
            return Set((0..<random.below(12)).map { _ in random.below(count + 1) } + [count]).sorted()
        }
    }

    /// For the rounds of a fuzzer: whole and in random pieces in turn, and once in `count` rounds byte by byte.
    static func chosen(seed: UInt64, bytesOnceIn count: UInt64) -> Pieces {
        if seed % count == 0 { return bytes }
        return seed % 2 == 0 ? whole : random(seed: seed)
    }
}

/// Connects, sends `stream` in pieces, and reads meanwhile until it is over.
func exchange(port: Int, _ stream: [UInt8], _ pieces: Pieces, until ending: Ending) throws -> Outcome {
    let client = try Client(port: port, wireProtocol: .resp2, timeout: Patience.seconds)
    _ = fcntl(client.descriptor.rawValue, F_SETFL, O_NONBLOCK)
    var conversation = Conversation(number: client.descriptor.rawValue, ending: ending)
    return conversation.run(stream, ends: pieces.ends(stream.count))
}

private struct Conversation {
    let number: CInt
    let ending: Ending
    var received: [UInt8] = []
    var sent = 0
    var isSending = true
    var isReset = false

    mutating func run(_ stream: [UInt8], ends: [Int]) -> Outcome {
        let deadline = Clock.monotonic + Patience.milliseconds
        var ends = ends[...]
        while true {
            if isSending && ends.isEmpty { stopSending() }
            if !isSending, case .reply(let last) = ending, received.suffix(last.count).elementsEqual(last) {
                return outcome(.open)
            }
            var entry = pollfd(fd: number, events: Int16(POLLIN | (isSending ? POLLOUT : 0)), revents: 0)
            let rest = deadline - Clock.monotonic
            guard rest > 0 else { return outcome(.silent) }
            guard poll(&entry, 1, CInt(clamping: rest)) > 0 else { continue }
            if entry.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, !receive() { return outcome(.closed) }
            if isSending && entry.revents & Int16(POLLOUT) != 0 { send(stream, &ends) }
        }
    }

    private func outcome(_ fate: Outcome.Fate) -> Outcome { Outcome(bytes: received, fate: fate, isReset: isReset) }

    private mutating func stopSending() {
        isSending = false
        guard case .halfClose = ending else { return }
        if shutdown(number, CInt(SHUT_WR)) != 0 { isReset = true }
    }

    /// Sends up to the end of one piece.
    private mutating func send(_ stream: [UInt8], _ ends: inout ArraySlice<Int>) {
        let count = stream.withUnsafeBytes { bytes in
            Glibc.send(number, bytes.baseAddress.map { $0 + sent }, ends.first! - sent, CInt(MSG_NOSIGNAL))
        }
        if count < 0 {
            // A server that has closed takes no more; what it sent before is still to be read.
            if errno != EAGAIN && errno != EINTR {
                isReset = true
                ends = []
            }
            return
        }
        sent += count
        if sent == ends.first! { ends.removeFirst() }
    }

    /// Reads once; false at the end of the stream.
    private mutating func receive() -> Bool {
        let count = withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { room in
            let count = read(number, room.baseAddress, room.count)
            if count > 0 { received.append(contentsOf: room.prefix(count)) }
            return count
        }
        if count > 0 || (count < 0 && (errno == EAGAIN || errno == EINTR)) { return true }
        if count < 0 { isReset = true }
        return false
    }
}
