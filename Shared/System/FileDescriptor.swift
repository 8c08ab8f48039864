// A descriptor that is closed when its owner goes away, and the two calls that move bytes through it.

@preconcurrency @unsafe import Glibc

/// What one `read` or `write` achieved. Having to wait is not an error, just "not now".
public enum TransferResult: Equatable, Sendable {
    /// This many bytes were moved: at least one if there was anything to move, and perhaps fewer than all of it.
    case bytes(Int)
    /// `read` only: the peer has sent everything it will ever send.
    case endOfStream
    /// Nothing can be moved now (EAGAIN): a non-blocking descriptor is not ready, or a blocking one timed out.
    case wouldBlock
}

/// Owns an open descriptor. It cannot be copied, so it cannot be closed twice, or used after it was closed.
public struct FileDescriptor: ~Copyable, Sendable {
    /// The number the kernel knows it by. It may name another file as soon as this value is gone.
    public let rawValue: CInt

    /// Takes over `number`, which must be open and have no other owner.
    public init(owning number: CInt) {
        rawValue = number
    }

    // Not retried on EINTR: the number is free by then, and another thread may have been given it.
    deinit {
        _ = close(rawValue)
    }

    /// Reads once, at the end of `buffer`.
    /// The corresponding C function is `read`.
    ///
    /// - Parameter limit: the most bytes to take. The buffer grows to hold them.
    /// - Throws: what `read` reports, such as ECONNRESET. EAGAIN is a result.
    public borrowing func read(
        into buffer: inout ByteBuffer, atMost limit: Int
    ) throws(SystemCallError) -> TransferResult {
        let number = rawValue
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

    /// Writes once, from the front of `buffer`, and consumes what was written. That may be less than it holds, when
    /// the kernel has no room for more; a later call goes on from there.
    /// The corresponding C function is `write`.
    ///
    /// - Throws: what `write` reports: EPIPE or ECONNRESET when the peer is gone. EAGAIN is a result.
    public borrowing func write(from buffer: inout ByteBuffer) throws(SystemCallError) -> TransferResult {
        let number = rawValue
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

    /// Discards unread input, before closing. Otherwise the kernel would send a reset, and replies still on their way
    /// would be lost. What arrives after this call still has that effect: there is no end to wait for, because a peer
    /// may send for ever.
    /// The corresponding C function is `recv`; with MSG_TRUNC it copies nothing.
    public borrowing func discardInput() {
        _ = recv(rawValue, nil, Int(CInt.max), CInt(MSG_TRUNC) | CInt(MSG_DONTWAIT))
    }

    /// Tells the peer that nothing more will be sent. Known as a half-close.
    /// The corresponding C function is `shutdown`. It is no error if the peer is gone already.
    public borrowing func endWriting() {
        _ = shutdown(rawValue, CInt(SHUT_WR))
    }

    /// How many bytes that were written the peer has not taken yet: they wait in the kernel.
    /// The corresponding C function is `ioctl`, with SIOCOUTQ, which has the number of TIOCOUTQ.
    public static func unsentBytes(_ number: CInt) -> Int {
        var count: CInt = 0
        return unsafe ioctl(number, UInt(TIOCOUTQ), &count) == 0 ? Int(count) : 0
    }

    /// Ends reading on an open descriptor that another thread may be blocked on: its `read` then returns 0.
    /// The corresponding C function is `shutdown`. It is no error if the peer is gone already.
    public static func endReading(_ number: CInt) {
        _ = shutdown(number, CInt(SHUT_RD))
    }
}
