// Which of many descriptors can be read or written without waiting? The kernel keeps `epoll`'s list, and reports
// only those.

import CLinux
@preconcurrency @unsafe import Glibc
import Shared

/// What to wait for on a descriptor.
struct Interest: OptionSet {
    let rawValue: UInt32
    static let read = Interest(rawValue: EPOLLIN.rawValue)
    static let write = Interest(rawValue: EPOLLOUT.rawValue)
}

/// A descriptor on which something can be done now.
struct Event {
    let descriptor: CInt
    let isReadable: Bool
    let isWritable: Bool
}

/// Waits for many descriptors at once.
@safe struct Poller: ~Copyable {
    /// The interest list, in the kernel: each change of it is a call, but waiting costs only what is ready.
    private let epoll: FileDescriptor
    /// Where the kernel puts what is ready.
    private var ready = unsafe [epoll_event](repeating: epoll_event(), count: mostEvents)
    /// A bound on the length of a turn. What does not fit is reported the next time.
    private static let mostEvents = 256
    /// What can be done now. Kept, so that a turn allocates nothing.
    private var events: [Event] = []

    init() throws(SystemCallError) {
        let number = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard number >= 0 else { throw SystemCallError("epoll_create1") }
        epoll = FileDescriptor(owning: number)
    }

    /// Starts watching a descriptor.
    mutating func add(_ descriptor: CInt, _ interest: Interest) throws(SystemCallError) {
        try control(EPOLL_CTL_ADD, descriptor, interest)
    }

    /// Changes what a descriptor is watched for.
    mutating func update(_ descriptor: CInt, _ interest: Interest) throws(SystemCallError) {
        try control(EPOLL_CTL_MOD, descriptor, interest)
    }

    /// Stops watching a descriptor; to be called before it is closed.
    mutating func remove(_ descriptor: CInt) {
        // To close it would do the same. It fails only for a descriptor that is not in the list.
        try? control(EPOLL_CTL_DEL, descriptor, [])
    }

    /// The corresponding C function is `epoll_ctl`. Level-triggered, the default: a descriptor is reported again and
    /// again while it is ready, so that nothing is lost when only a part of what it has is read.
    private func control(
        _ operation: CInt, _ descriptor: CInt, _ interest: Interest
    ) throws(SystemCallError) {
        var entry = unsafe epoll_event(events: interest.rawValue, data: epoll_data(fd: descriptor))
        guard unsafe epoll_ctl(epoll.number, operation, descriptor, &entry) == 0 else {
            throw SystemCallError("epoll_ctl")
        }
    }

    /// Waits until something can be done.
    /// The corresponding C function is `epoll_wait`.
    ///
    /// - Parameter milliseconds: how long at most; nil for as long as it takes.
    /// - Returns: what can be done; nothing after that time, or when a signal arrived.
    mutating func wait(atMost milliseconds: Int64?) throws(SystemCallError) -> [Event] {
        Statistics.waits.add()
        let timeout = CInt(clamping: milliseconds ?? -1)
        let count = unsafe epoll_wait(epoll.number, &ready, CInt(ready.count), timeout)
        guard count >= 0 else {
            if errno == EINTR { return [] }
            throw SystemCallError("epoll_wait")
        }
        events.removeAll(keepingCapacity: true)
        for index in 0..<Int(count) { unsafe events.append(Event(unsafe ready[index])) }
        return events
    }
}

extension Event {
    /// An error or a hang-up counts as both: the `read` or `write` that is then made says what happened.
    fileprivate init(_ entry: epoll_event) {
        descriptor = unsafe entry.data.fd
        let marks = Interest(rawValue: unsafe entry.events)
        isReadable = !marks.subtracting(.write).isEmpty
        isWritable = !marks.subtracting(.read).isEmpty
    }
}
