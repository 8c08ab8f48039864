// io_uring's two queues, as `io_uring_setup` makes them and `mmap` shows them: where in the shared memory is what. How they
// are used is the lesson of Beyond/Uring.

import CLinux
@preconcurrency @unsafe import Glibc

/// A queue in memory that the kernel shares. Its indices count up for ever; the entry of one stands at `index & mask`.
@safe public struct SharedQueue<Entry> {
    public let head: UnsafeMutablePointer<UInt32>
    public let tail: UnsafeMutablePointer<UInt32>
    /// How many entries there is room for: a power of two.
    public let count: UInt32
    @usableFromInline let entries: UnsafeMutablePointer<Entry>

    @inlinable public subscript(index: UInt32) -> Entry {
        get { unsafe entries[Int(index & (count - 1))] }
        nonmutating set { unsafe entries[Int(index & (count - 1))] = newValue }
    }
}

/// Owns an io_uring, and the memory of its queues.
@safe public struct RingMemory: ~Copyable {
    public let descriptor: FileDescriptor
    public let submissions: SharedQueue<io_uring_sqe>
    public let completions: SharedQueue<io_uring_cqe>
    /// Marks that the kernel sets.
    public let flags: UnsafeMutablePointer<UInt32>
    private let queues: Mapping
    private let operations: Mapping

    /// Makes the queues, and maps them into the memory of this process. One thread may submit; and completions are
    /// delivered when it asks for them, not in between.
    /// The corresponding system calls are `io_uring_setup` and `mmap`.
    ///
    /// - Parameter entries: how many operations can be submitted at a time, rounded up to a power of two.
    public init(entries: Int) throws(SystemCallError) {
        var parameters = io_uring_params()
        parameters.flags = IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN
        let number = unsafe io_uring_setup(UInt32(entries), &parameters)
        guard number >= 0 else { throw SystemCallError("io_uring_setup", remedy: Self.remedy(for: errno)) }
        let descriptor = FileDescriptor(owning: number)
        let (sq, cq, count) = (parameters.sq_off, parameters.cq_off, parameters.sq_entries)
        let entrySize = MemoryLayout<io_uring_cqe>.stride
        let size = max(Int(sq.array + count * 4), Int(cq.cqes) + Int(parameters.cq_entries) * entrySize)
        let queues = try Mapping(of: descriptor, at: Int(IORING_OFF_SQ_RING), count: size)
        let operations = try Mapping(
            of: descriptor, at: Int(IORING_OFF_SQES), count: Int(count) * MemoryLayout<io_uring_sqe>.stride)
        let start = unsafe queues.start
        func index(_ offset: UInt32) -> UnsafeMutablePointer<UInt32> {
            unsafe (start + Int(offset)).assumingMemoryBound(to: UInt32.self)
        }
        // The submission queue holds numbers of entries, which could be in any order: here n stands at n.
        for number in 0..<count { unsafe index(sq.array)[Int(number)] = number }
        submissions = unsafe SharedQueue(
            head: index(sq.head), tail: index(sq.tail), count: count,
            entries: operations.start.assumingMemoryBound(to: io_uring_sqe.self))
        completions = unsafe SharedQueue(
            head: index(cq.head), tail: index(cq.tail), count: parameters.cq_entries,
            entries: (start + Int(cq.cqes)).assumingMemoryBound(to: io_uring_cqe.self))
        unsafe flags = unsafe index(sq.flags)
        self.descriptor = descriptor
        self.queues = queues
        self.operations = operations
    }

    /// What a user can do about an error of `io_uring_setup` or `io_uring_register`.
    public static func remedy(for code: CInt) -> String? {
        switch code {
        case ENOSYS, EINVAL: "this kernel's io_uring lacks what is needed here; Linux 6.1 or later has it"
        case EPERM, EACCES:
            "io_uring is forbidden here; allow it with sysctl kernel.io_uring_disabled=0, and in a container with "
                + "--security-opt seccomp=unconfined"
        default: nil
        }
    }
}
