// Do this, and tell me when it is done: `io_uring`, two queues in memory that the kernel and we share.
//
//     submissions   head ──▶ [receive][send][send] ◀── tail      we write entries and `tail`, the kernel writes `head`
//     completions   head ──▶ [sent 5][received 14] ◀── tail      the kernel writes entries and `tail`, we write `head`
//
// An entry stands at `index & mask`. The indices only count up, and wrap round with the integer; when they are equal
// the queue is empty. Each has one writer, so no lock is needed, but an order is:
//
//     who adds                                           who takes
//     writes the entry, then the tail (release)   ───▶   reads the tail (acquire), then the entry
//     reads the head (acquire), then writes over  ◀───   reads the entry, then writes the head (release)
//
// Without these barriers compiler and processor may swap the two steps, and somebody reads an entry that is not
// written yet, or writes over one that is still being read.
//
// `io_uring_enter` makes the kernel take what was submitted, and waits for completions: all of a turn in one call.
// An operation that cannot be done at once (nothing has arrived, no room to send) waits inside the kernel. With
// DEFER_TASKRUN, here, the kernel fills the completion queue only within our own calls, and the processor keeps that
// order by itself; the barriers then hold back the compiler alone, and cost nothing.

import CLinux
@preconcurrency @unsafe import Glibc
import Shared

/// Hands operations to the kernel, and waits for what comes of them.
@safe struct Ring: ~Copyable {
    /// The two queues. That they are made, and where they are, is no part of the lesson.
    private let memory: RingMemory
    var buffers: BufferRing
    /// What has completed; and sends ("attempts") that count as complete unless we hear otherwise. Both are kept from
    /// turn to turn, so that a turn allocates nothing.
    var taken: [Completion] = []
    var attempts: [Completion] = []
    /// Descriptors whose peers have ended their sending, or are gone.
    var hungUp: Set<CInt> = []
    /// Why `submit` could not hand over what was in the queue. `wait` reports it.
    private var failure: SystemCallError?

    /// Makes the queues.
    ///
    /// - Parameters:
    ///   - entries: how many operations fit into the queue, rounded up to a power of two.
    ///   - bufferCount: how many buffers there are to receive into.
    init(entries: Int, bufferCount: Int) throws(SystemCallError) {
        let memory = try RingMemory(entries: entries)
        buffers = try BufferRing(bufferCount, for: memory.descriptor)
        self.memory = memory
    }

    /// Puts an operation into the queue. The next `wait` starts it.
    mutating func submit(_ entry: io_uring_sqe) {
        // Full: what is in it goes to the kernel now.
        while failure == nil && submitted == memory.submissions.count {
            do { try enter(awaiting: 0, nil) } catch { failure = error }
        }
        if failure != nil { return }
        let tail = unsafe memory.submissions.tail.pointee
        memory.submissions[tail] = entry
        // Release: who sees the new tail sees the entry before it.
        unsafe store_release(memory.submissions.tail, tail &+ 1)
    }

    /// How many operations the kernel has not taken yet.
    private var submitted: UInt32 {
        // Acquire: what the kernel has taken it has read, and the place is free.
        unsafe memory.submissions.tail.pointee &- load_acquire(memory.submissions.head)
    }

    /// Submits what is in the queue, and waits until something has completed.
    ///
    /// - Parameter milliseconds: how long at most, 0 for not at all; nil for as long as it takes.
    /// - Returns: what has completed; nothing if time ran out or a signal arrived.
    mutating func wait(atMost milliseconds: Int64?) throws(SystemCallError) -> [Completion] {
        if let failure { throw failure }
        taken.removeAll(keepingCapacity: true)
        try enter(awaiting: milliseconds == 0 ? 0 : 1, milliseconds)
        takeCompletions()
        // Completions that did not fit were kept by the kernel: it adds them when it is entered again.
        while unsafe load_acquire(memory.flags) & IORING_SQ_CQ_OVERFLOW != 0 {
            try enter(awaiting: 0, nil)
            takeCompletions()
        }
        if submitted == 0 { finishAttempts() }
        return taken
    }

    private mutating func takeCompletions() {
        var head = unsafe memory.completions.head.pointee
        // Acquire: the entries before the tail that this finds are written.
        let tail = unsafe load_acquire(memory.completions.tail)
        while head != tail {
            take(memory.completions[head])
            head &+= 1
        }
        // Release: we have read the entries, and the kernel may write over them.
        unsafe store_release(memory.completions.head, head)
    }

    /// The corresponding system call is `io_uring_enter`.
    private func enter(awaiting count: UInt32, _ milliseconds: Int64?) throws(SystemCallError) {
        Statistics.waits.add()
        let (seconds, rest) = (milliseconds ?? 0).quotientAndRemainder(dividingBy: 1000)
        var time = uring_timespec(tv_sec: seconds, tv_nsec: rest * 1_000_000)
        let result = unsafe withUnsafePointer(to: &time) { time in
            var argument = io_uring_getevents_arg()
            if milliseconds != nil { argument.ts = UInt64(UInt(bitPattern: time)) }
            return unsafe io_uring_enter(
                memory.descriptor.rawValue, submitted, count, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument,
                MemoryLayout<io_uring_getevents_arg>.size)
        }
        if result >= 0 { return }
        switch errno {
        case ETIME, EINTR: return
        // The kernel has no memory for an operation now. What it has not taken stays in the queue.
        case EAGAIN, EBUSY, ENOMEM: Clock.pause()
        default: throw SystemCallError("io_uring_enter")
        }
    }
}
