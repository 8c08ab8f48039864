// What the kernel can be asked for, and what it answers. An operation is a system call that is written down, and its
// completion what the call would have returned. Two of them go on: one accept, and one receive for each connection,
// bring one completion after another ("multishot"), until one says that it is the last.

import CLinux
@preconcurrency @unsafe import Glibc
import Shared

/// What the kernel can be asked for.
enum Operation: UInt64 { case accept, receive, send, cancel, watch }

/// What came of an operation.
struct Completion {
    let operation: Operation
    let descriptor: CInt
    /// What the call of this name returns; but an error is here, as a negative errno.
    let result: CInt
    /// Marks of the kernel's, and the number of a buffer.
    fileprivate let flags: UInt32
    /// Whether the operation goes on, and will complete again. If not, it has ended, for whatever reason.
    var hasMore: Bool { flags & IORING_CQE_F_MORE != 0 }
}

extension Ring {
    /// What an operation is known by: it comes back in the completion. `place` is that of an attempt, from 1.
    private static func label(_ operation: Operation, _ number: CInt, place: Int = 0) -> UInt64 {
        UInt64(place) << 40 | operation.rawValue << 32 | UInt64(UInt32(bitPattern: number))
    }

    private static func entry(_ code: Int32, _ operation: Operation, on number: CInt) -> io_uring_sqe {
        var entry = io_uring_sqe()
        entry.opcode = UInt8(code)
        entry.fd = number
        entry.user_data = label(operation, number)
        return entry
    }

    /// The kernel would send no more than twice this in one call.
    private static let maxSendSize = 1 << 30

    // MARK: Operations

    /// Accepts connections, from now on.
    mutating func accept(on listener: CInt) {
        var entry = Self.entry(IORING_OP_ACCEPT, .accept, on: listener)
        entry.ioprio = UInt16(IORING_ACCEPT_MULTISHOT)
        entry.op_flags = SOCK_CLOEXEC.rawValue
        submit(entry)
    }

    /// Receives, from now on, whatever arrives; once only where no more will arrive (see `watch`).
    mutating func receive(on number: CInt) {
        var entry = Self.entry(IORING_OP_RECV, .receive, on: number)
        if !hungUp.contains(number) { entry.ioprio = UInt16(IORING_RECV_MULTISHOT) }
        entry.flags = UInt8(IOSQE_BUFFER_SELECT)
        entry.buf_group = BufferRing.group
        submit(entry)
    }

    /// Tells when the peer has ended its sending, or is gone. A receive that goes on should say so, too. But when bytes
    /// and a reset are there at once, Linux (6.18 at least) reports the bytes and forgets the reset, and the receive
    /// waits for ever. So it is cancelled then, and started again for one completion at a time.
    mutating func watch(_ number: CInt) {
        var entry = Self.entry(IORING_OP_POLL_ADD, .watch, on: number)
        entry.op_flags = EPOLLRDHUP.rawValue
        hungUp.remove(number)
        submit(entry)
    }

    /// Sends the front of `bytes`. Until it has completed, they must stay what they are, and where they are.
    ///
    /// - Parameter quietly: an attempt, which does not wait for room. It has completed when the next `wait` returns, but
    ///   if all was sent, `wait` does not return for its sake.
    mutating func send(_ bytes: Span<UInt8>, on number: CInt, quietly: Bool) {
        var entry = Self.entry(IORING_OP_SEND, .send, on: number)
        entry.len = UInt32(min(bytes.count, Self.maxSendSize))
        // The address outlives the span: that the bytes do so as well is up to the caller.
        entry.addr = unsafe bytes.withUnsafeBufferPointer { UInt64(UInt(bitPattern: $0.baseAddress)) }
        if quietly {
            // All of it at once; anything less is a failure, and only failures are reported. News of success would end
            // the wait that it is submitted with, and a turn would be two calls, the second of them to learn what
            // nobody waits for.
            entry.op_flags = UInt32(MSG_DONTWAIT | MSG_WAITALL)
            entry.flags = UInt8(IOSQE_CQE_SKIP_SUCCESS)
            attempts.append(Completion(operation: .send, descriptor: number, result: CInt(entry.len), flags: 0))
            entry.user_data = Self.label(.send, number, place: attempts.count)
        }
        submit(entry)
    }

    /// Ends the receive on a descriptor, or with nil all that is in flight on it. Each completes, with ECANCELED if it
    /// has not just done so by itself.
    mutating func cancel(_ operation: Operation?, on number: CInt) {
        var entry = Self.entry(IORING_OP_ASYNC_CANCEL, .cancel, on: number)
        if let operation {
            // That there was something to cancel is no news.
            entry.flags = UInt8(IOSQE_CQE_SKIP_SUCCESS)
            entry.addr = Self.label(operation, number)
        } else {
            // Always reported: after that the connection can be closed, if nothing else of it was in flight.
            entry.op_flags = IORING_ASYNC_CANCEL_FD | IORING_ASYNC_CANCEL_ALL
        }
        submit(entry)
    }

    // MARK: Completions

    /// Takes a completion off the queue.
    mutating func take(_ entry: io_uring_cqe) {
        let completion = Completion(
            operation: Operation(rawValue: entry.user_data >> 32 & 0xFF)!,
            descriptor: CInt(truncatingIfNeeded: entry.user_data), result: entry.res, flags: entry.flags)
        if completion.operation == .watch {
            if completion.result == -ECANCELED { return }
            hungUp.insert(completion.descriptor)
            return cancel(.receive, on: completion.descriptor)
        }
        let place = Int(entry.user_data >> 40)
        if place == 0 { taken.append(completion) } else { attempts[place - 1] = completion }
    }

    /// No news is good news: an attempt that nothing was heard of has sent everything.
    mutating func finishAttempts() {
        taken += attempts
        attempts.removeAll(keepingCapacity: true)
    }

    /// Appends what a receive has brought to `buffer`.
    ///
    /// - Throws: what `recv` reports, such as ECONNRESET. That no buffer was free, or that it was cancelled, is a
    ///   result: what has arrived is still there when it is started again.
    mutating func finishReceive(
        _ completion: Completion, into buffer: inout ByteBuffer
    ) throws(SystemCallError) -> TransferResult {
        let count = Int(completion.result)
        if completion.flags & IORING_CQE_F_BUFFER != 0 {
            let number = UInt16(truncatingIfNeeded: completion.flags >> IORING_CQE_BUFFER_SHIFT)
            buffers.move(max(0, count), from: number, to: &buffer)
        }
        switch completion.result {
        case -ENOBUFS, -ECANCELED, -EINTR, -EAGAIN: return .wouldBlock
        case ..<0: throw SystemCallError("recv", code: -completion.result)
        default: break
        }
        Statistics.reads.add()
        Statistics.bytesRead.add(count)
        return count == 0 ? .endOfStream : .bytes(count)
    }

    /// Takes off the front of `buffer` what a send has sent. That may be less than it was given.
    ///
    /// - Throws: what `send` reports: EPIPE or ECONNRESET when the peer is gone.
    func finishSend(_ completion: Completion, from buffer: inout ByteBuffer) throws(SystemCallError) {
        Statistics.writes.add()
        if completion.result == -EAGAIN { return }
        if completion.result < 0 { throw SystemCallError("send", code: -completion.result) }
        buffer.consume(Int(completion.result))
        Statistics.bytesWritten.add(Int(completion.result))
    }
}
