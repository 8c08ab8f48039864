// One conversation, byte for byte: what is sent, in which pieces, what comes back, and who ends it.

@preconcurrency import Glibc
import LabKit
import Shared
import TestSupport

/// What a server did with a stream of bytes.
struct Outcome: Equatable {
    var bytes: [UInt8]
    var fate: Fate
    /// Whether the end was a reset: the server closed while bytes that it had not read were waiting.
    var isReset = false

    static func == (first: Outcome, second: Outcome) -> Bool {
        first.bytes == second.bytes && first.fate == second.fate
    }

    /// What became of the connection.
    enum Fate: Equatable {
        /// The server closed it by itself.
        case closed
        /// It was still open when the last reply had come.
        case open
        /// The client had nothing more to send and said so; then the server closed it.
        case ended
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
enum Pieces: CustomStringConvertible {
    case whole
    case bytes
    /// At random places.
    case random(SplitMix)

    var description: String {
        switch self {
        case .whole: "in one write"
        case .bytes: "byte by byte"
        case .random: "in random pieces"
        }
    }

    /// Where each write ends.
    func ends(count: Int) -> [Int] {
        switch self {
        case .whole: return [count]
        case .bytes: return Array(1..<max(2, count + 1))
        case .random(var random):
            let cuts = (0..<random.below(12)).map { _ in random.below(count + 1) }
            return Set(cuts + [count]).sorted()
        }
    }
}

/// Connects, sends `stream` in pieces, and reads meanwhile until it is over.
func exchange(port: Int, _ stream: [UInt8], _ pieces: Pieces, until ending: Ending) throws -> Outcome {
    let client = try Client(port: port, wireProtocol: .resp2, timeout: Patience.seconds)
    var conversation = Conversation(number: client.descriptor.rawValue, ending: ending)
    return conversation.run(stream, ends: pieces.ends(count: stream.count))
}

private struct Conversation {
    let number: CInt
    let ending: Ending
    var received: [UInt8] = []
    private var sent = 0
    private var isSending = true
    private var isReset = false

    init(number: CInt, ending: Ending) {
        self.number = number
        self.ending = ending
        _ = fcntl(number, F_SETFL, O_NONBLOCK)
    }

    mutating func run(_ stream: [UInt8], ends: [Int]) -> Outcome {
        let deadline = Clock.monotonic + Patience.milliseconds
        var ends = ends[...]
        while true {
            if isSending && ends.isEmpty { stopSending() }
            if !isSending, case .reply(let last) = ending, received.suffix(last.count).elementsEqual(last) {
                return Outcome(bytes: received, fate: .open)
            }
            var entry = pollfd(fd: number, events: Int16(POLLIN | (isSending ? POLLOUT : 0)), revents: 0)
            let rest = deadline - Clock.monotonic
            guard rest > 0 else { return Outcome(bytes: received, fate: .silent) }
            guard poll(&entry, 1, CInt(clamping: rest)) > 0 else { continue }
            if entry.revents & Int16(POLLIN | POLLHUP | POLLERR) != 0, !receive() {
                // Whether the server closed before or after the client's end of stream reached it cannot be told.
                if case .halfClose = ending { return Outcome(bytes: received, fate: .ended, isReset: isReset) }
                return Outcome(bytes: received, fate: .closed, isReset: isReset)
            }
            if isSending && entry.revents & Int16(POLLOUT) != 0 { send(stream, &ends) }
        }
    }

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
