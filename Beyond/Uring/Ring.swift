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
    /// One of the two queues.
    @safe private struct Queue<Entry> {
        let head: UnsafeMutablePointer<UInt32>
        let tail: UnsafeMutablePointer<UInt32>
        let entries: UnsafeMutablePointer<Entry>
        let count: UInt32
        subscript(index: UInt32) -> Entry {
            get { unsafe entries[Int(index & (count - 1))] }
            nonmutating set { unsafe entries[Int(index & (count - 1))] = newValue }
        }
    }

    private let descriptor: FileDescriptor
    private let memory: Mapping
    private let operations: Mapping
    private let submissions: Queue<io_uring_sqe>
    private let completions: Queue<io_uring_cqe>
    /// Marks that the kernel sets.
    private let flags: UnsafeMutablePointer<UInt32>
    var buffers: BufferRing
    /// What has completed, and sends that have unless we hear of them: kept from turn to turn, so that a turn
    /// allocates nothing.
    var taken: [Completion] = []
    var attempts: [Completion] = []

    /// Makes the queues, and maps them into the memory of this process.
    /// The corresponding system calls are `io_uring_setup` and `mmap`.
    ///
    /// - Parameters:
    ///   - entries: how many operations fit into the queue, rounded up to a power of two.
    ///   - bufferCount: how many buffers there are to receive into.
    init(entries: Int, bufferCount: Int) throws(SystemCallError) {
        var parameters = io_uring_params()
        // One thread submits, and completions are delivered when it asks for them, not in between.
        parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN
        let number = unsafe io_uring_setup(UInt32(entries), &parameters)
        guard number >= 0 else { throw SystemCallError("io_uring_setup", remedy: Self.remedy(for: errno)) }
        let descriptor = FileDescriptor(owning: number)
        let (sq, cq, count) = (parameters.sq_off, parameters.cq_off, parameters.sq_entries)
        let size = max(Int(sq.array + count * 4), Int(cq.cqes + parameters.cq_entries * 16))
        let memory = try Mapping(of: descriptor, at: Int(IORING_OFF_SQ_RING), count: size)
        let operations = try Mapping(of: descriptor, at: Int(IORING_OFF_SQES), count: Int(count) * 64)
        let buffers = try BufferRing(bufferCount, for: descriptor)
        let start = unsafe memory.start
        func index(_ offset: UInt32) -> UnsafeMutablePointer<UInt32> {
            unsafe (start + Int(offset)).assumingMemoryBound(to: UInt32.self)
        }
        // The submission queue holds numbers of entries, which could be in any order: here n stands at n.
        for number in 0..<count { unsafe index(sq.array)[Int(number)] = number }
        submissions = unsafe Queue(
            head: index(sq.head), tail: index(sq.tail),
            entries: operations.start.assumingMemoryBound(to: io_uring_sqe.self), count: count)
        completions = unsafe Queue(
            head: index(cq.head), tail: index(cq.tail),
            entries: (start + Int(cq.cqes)).assumingMemoryBound(to: io_uring_cqe.self), count: parameters.cq_entries)
        unsafe flags = unsafe index(sq.flags)
        self.descriptor = descriptor
        self.memory = memory
        self.operations = operations
        self.buffers = buffers
    }

    static func remedy(for code: CInt) -> String? {
        switch code {
        case ENOSYS, EINVAL: "this kernel's io_uring lacks what is needed here; Linux 6.1 or later has it"
        case EPERM, EACCES:
            "io_uring is forbidden here; allow it with sysctl kernel.io_uring_disabled=0, and in a container with "
                + "--security-opt seccomp=unconfined"
        default: nil
        }
    }

    /// Puts an operation into the queue. The next `wait` starts it.
    mutating func submit(_ entry: io_uring_sqe) throws(SystemCallError) {
        // Full: what is in it goes to the kernel now.
        while submitted == submissions.count { try enter(awaiting: 0, nil) }
        let tail = unsafe submissions.tail.pointee
        submissions[tail] = entry
        // Release: who sees the new tail sees the entry before it.
        unsafe store_release(submissions.tail, tail &+ 1)
    }

    /// How many operations the kernel has not taken yet.
    private var submitted: UInt32 {
        // Acquire: what the kernel has taken it has read, and the place is free.
        unsafe submissions.tail.pointee &- load_acquire(submissions.head)
    }

    /// Submits what is in the queue, and waits until something has completed.
    ///
    /// - Parameter milliseconds: how long at most, 0 for not at all; nil for as long as it takes.
    /// - Returns: what has completed; nothing if time ran out or a signal arrived.
    mutating func wait(atMost milliseconds: Int64?) throws(SystemCallError) -> [Completion] {
        taken.removeAll(keepingCapacity: true)
        try enter(awaiting: milliseconds == 0 ? 0 : 1, milliseconds)
        takeCompletions()
        // What did not fit into the queue the kernel has kept, and puts it there when it is entered again.
        while unsafe load_acquire(flags) & IORING_SQ_CQ_OVERFLOW != 0 {
            try enter(awaiting: 0, nil)
            takeCompletions()
        }
        if submitted == 0 { finishAttempts() }
        return taken
    }

    private mutating func takeCompletions() {
        var head = unsafe completions.head.pointee
        // Acquire: the entries before the tail that this finds are written.
        let tail = unsafe load_acquire(completions.tail)
        while head != tail {
            take(completions[head])
            head &+= 1
        }
        // Release: we have read the entries, and the kernel may write over them.
        unsafe store_release(completions.head, head)
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
                descriptor.rawValue, submitted, count, IORING_ENTER_GETEVENTS | IORING_ENTER_EXT_ARG, &argument,
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
