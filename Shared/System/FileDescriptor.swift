// A descriptor that is closed when its owner goes away, and the two calls that move bytes through it.

@preconcurrency @unsafe import Glibc

/// What one `read` or `write` achieved. That a call would have to wait is an answer like the others, not an error.
public enum Transfer {
    /// So many bytes were moved: at least one if there was anything to move, and perhaps fewer than all of it.
    case bytes(Int)
    /// `read` only: the peer has sent everything it will ever send.
    case endOfStream
    /// Nothing can be moved now (EAGAIN): a non-blocking descriptor is not ready, or a blocking one timed out.
    case wouldBlock
}

/// Owns an open descriptor. It cannot be copied, so it cannot be closed twice, or used after it was closed.
public struct FileDescriptor: ~Copyable, Sendable {
    /// The number the kernel knows it by; free to name another file as soon as this value is gone.
    public let number: CInt

    /// Takes over `number`, which must be open and owned by nobody else.
    public init(owning number: CInt) {
        self.number = number
    }

    // Not retried on EINTR: the number is free by then, and another thread may have got it.
    deinit {
        _ = close(number)
    }

    /// Gives the descriptor up without closing it: to hand it to another owner through something that can only hold
    /// a number.
    public consuming func release() -> CInt {
        let number = number
        discard self
        return number
    }

    /// Reads once, at the end of `buffer`.
    /// The corresponding C function is `read`.
    ///
    /// - Parameter limit: the most bytes to take. The buffer grows to hold them.
    /// - Throws: whatever `read` reports but EAGAIN, ECONNRESET for instance.
    public borrowing func read(
        into buffer: inout ByteBuffer, atMost limit: Int
    ) throws(SystemCallError) -> Transfer {
        let number = number
        let count = unsafe buffer.append(atMost: limit) { start, room in
            retryingOnInterrupt { unsafe Glibc.read(number, start, room) }
        }
        Statistics.reads.add()
        guard count >= 0 else {
            if errno == EAGAIN { return .wouldBlock }
            throw SystemCallError("read")
        }
        Statistics.bytesRead.add(count)
        return count == 0 ? .endOfStream : .bytes(count)
    }

    /// Writes once, from the front of `buffer`, and takes what was written off it. That may be less than it holds:
    /// the kernel had no room for more, and a later call goes on from there.
    /// The corresponding C function is `write`.
    ///
    /// - Throws: whatever `write` reports but EAGAIN; EPIPE or ECONNRESET when the peer is gone.
    public borrowing func write(from buffer: inout ByteBuffer) throws(SystemCallError) -> Transfer {
        let number = number
        let count = unsafe buffer.withUnsafeReadableBytes { start, count in
            retryingOnInterrupt { unsafe Glibc.write(number, start, count) }
        }
        Statistics.writes.add()
        guard count >= 0 else {
            if errno == EAGAIN { return .wouldBlock }
            throw SystemCallError("write")
        }
        buffer.consume(count)
        Statistics.bytesWritten.add(count)
        return .bytes(count)
    }

    /// Throws away what has arrived and will not be read, before a close that the peer does not expect: the kernel
    /// answers a close with bytes unread by a reset, and the peer then loses the replies it has not read yet. What
    /// arrives after this call still has that effect, as a peer may send for ever.
    /// The corresponding C function is `recv`; with MSG_TRUNC it copies nothing.
    public borrowing func discardInput() {
        _ = recv(number, nil, Int(CInt.max), CInt(MSG_TRUNC) | CInt(MSG_DONTWAIT))
    }

    /// Tells the peer that nothing more will be sent, or ends reading too: a blocked `read` then returns 0.
    /// The corresponding C function is `shutdown`. That the peer is gone already is no error.
    public borrowing func shutdown(_ how: Shutdown) {
        _ = Glibc.shutdown(number, CInt(how == .reading ? SHUT_RD : SHUT_WR))
    }

    /// Ends reading on a descriptor that somebody else owns, and has open: a blocked `read` on it returns 0.
    /// The corresponding C function is `shutdown`.
    public static func endReading(_ number: CInt) {
        _ = Glibc.shutdown(number, CInt(SHUT_RD))
    }

    /// Which direction to end.
    public enum Shutdown: Sendable { case reading, writing }
}
