// Whole messages over a blocking descriptor. TCP carries a stream of bytes: one `write` of the peer may arrive in
// several `read`s. These two functions go on until the whole message has been moved.

@preconcurrency @unsafe import Glibc

extension FileDescriptor {
    /// The most that `readFull` asks of one `read`: a client that announces 32 MB and sends nothing gets this much
    /// memory.
    private static let maxReadSize = 64 << 10

    /// Reads until `buffer` holds `count` bytes, and not one byte more, which would belong to the next message. So a
    /// message costs a `read` for its length and one for the rest; reading whatever has arrived would save the first.
    /// Known as `read_full`; C has no such function.
    ///
    /// - Parameter count: in bytes, those already in the buffer included.
    /// - Returns: false when the peer closed before that, between two messages or in the middle of one.
    /// - Throws: what `read` reports.
    public borrowing func readFull(into buffer: inout ByteBuffer, until count: Int) throws(SystemCallError) -> Bool {
        while buffer.count < count {
            let result = try read(into: &buffer, atMost: min(count - buffer.count, Self.maxReadSize))
            if result == .endOfStream { return false }
            if result == .wouldBlock { throw .timedOut("read") }
        }
        return true
    }

    /// Writes all of `buffer`, and empties it. Blocks for as long as the peer does not read.
    /// Known as `write_all`; C has no such function.
    ///
    /// - Throws: what `write` reports.
    public borrowing func writeAll(from buffer: inout ByteBuffer) throws(SystemCallError) {
        while !buffer.isEmpty {
            if try write(from: &buffer) == .wouldBlock { throw .timedOut("write") }
        }
    }
}

extension SystemCallError {
    /// A blocking descriptor says EAGAIN only when it has a timeout (`setTimeout`), and that has passed.
    fileprivate static func timedOut(_ call: StaticString) -> SystemCallError {
        SystemCallError(call, code: EAGAIN, remedy: "the peer did nothing for as long as the timeout allows")
    }
}
