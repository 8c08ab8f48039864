// Whole messages over a blocking descriptor. TCP carries a stream of bytes: one `write` of the peer may arrive in
// several `read`s, and a `write` may take only a part. These two go on until all is done.

@preconcurrency @unsafe import Glibc

/// How a `readFull` ended.
public enum ReadResult: Equatable, Sendable {
    /// The buffer holds what was asked for.
    case complete
    /// The peer closed between two messages, which is how a conversation ends.
    case endOfStream
    /// The peer closed inside a message.
    case truncated
    /// Nothing came for as long as the descriptor's receive timeout allows.
    case timedOut
}

extension FileDescriptor {
    /// The most that `readFull` asks of one `read`: a client that announces 32 MB and sends nothing gets this much memory.
    private static let readFullStep = 64 << 10

    /// Reads until `buffer` holds `count` bytes, and not one byte further: that would belong to the next message.
    /// Known as `read_full`; C has no such function.
    ///
    /// - Parameter count: in bytes, those that are in the buffer already included.
    /// - Throws: what `read` reports.
    public borrowing func readFull(
        into buffer: inout ByteBuffer, until count: Int
    ) throws(SystemCallError) -> ReadResult {
        while buffer.count < count {
            let limit = min(count - buffer.count, Self.readFullStep)
            switch try read(into: &buffer, atMost: limit) {
            case .bytes: continue
            case .endOfStream: return buffer.isEmpty ? .endOfStream : .truncated
            case .wouldBlock: return .timedOut
            }
        }
        return .complete
    }

    /// Writes all of `buffer`, and empties it. Blocks for as long as the peer does not read.
    /// Known as `write_all`; C has no such function.
    ///
    /// - Throws: what `write` reports; EAGAIN when the peer has read nothing for as long as the send timeout allows.
    public borrowing func writeAll(from buffer: inout ByteBuffer) throws(SystemCallError) {
        while !buffer.isEmpty {
            if case .wouldBlock = try write(from: &buffer) {
                throw SystemCallError("write", code: EAGAIN, remedy: "the peer has stopped reading")
            }
        }
    }
}
