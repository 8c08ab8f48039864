// Which of many descriptors can be read or written without blocking? With `epoll`, the list stays in the kernel.

import CLinux
@preconcurrency @unsafe import Glibc
import Shared

/// What to wait for on a descriptor.
struct Interest: OptionSet {
    let rawValue: UInt32
    static let read = Interest(rawValue: EPOLLIN.rawValue)
    static let write = Interest(rawValue: EPOLLOUT.rawValue)
}

/// A descriptor to serve now.
struct Event {
    let descriptor: CInt
    /// Whether it can be read. If not, it can be written, or it is resumed without any event.
    let isReadable: Bool
}

/// Waits for many descriptors at once.
@safe struct Poller: ~Copyable {
    /// The interest list, in the kernel: each change is a system call, but waiting costs only what is ready.
    private let epoll: FileDescriptor
    /// What each descriptor is watched for, so that only a real change becomes a system call.
    private var interests: [Interest] = []
    /// Where the kernel puts what is ready.
    private var ready = unsafe [epoll_event](repeating: epoll_event(), count: maxEvents)
    /// A bound on the length of a turn. What does not fit is reported the next time.
    private static let maxEvents = 256
    /// Kept from turn to turn, so that a turn allocates nothing.
    private var events: [Event] = []

    init() throws(SystemCallError) {
        let number = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard number >= 0 else { throw SystemCallError("epoll_create1") }
        epoll = FileDescriptor(owning: number)
    }

    /// Starts watching a descriptor.
    mutating func add(_ descriptor: CInt, _ interest: Interest) throws(SystemCallError) {
        while interests.count <= Int(descriptor) { interests.append([]) }
        try control(EPOLL_CTL_ADD, descriptor, interest)
    }

    /// Changes what a descriptor is watched for.
    mutating func update(_ descriptor: CInt, _ interest: Interest) throws(SystemCallError) {
        if interest != interests[Int(descriptor)] { try control(EPOLL_CTL_MOD, descriptor, interest) }
    }

    /// Stops watching a descriptor, which is still open. Closing it does the same, if no other process has it.
    mutating func remove(_ descriptor: CInt) {
        // It fails only for a descriptor that is not in the list.
        try? control(EPOLL_CTL_DEL, descriptor, [])
    }

    /// The corresponding C function is `epoll_ctl`. Level-triggered, the default: a descriptor is reported again and
    /// again while it is ready, so nothing is lost when only part of its input is read.
    private mutating func control(
        _ operation: CInt, _ descriptor: CInt, _ interest: Interest
    ) throws(SystemCallError) {
        var entry = unsafe epoll_event(events: interest.rawValue, data: epoll_data(fd: descriptor))
        guard unsafe epoll_ctl(epoll.rawValue, operation, descriptor, &entry) == 0 else {
            throw SystemCallError("epoll_ctl")
        }
        interests[Int(descriptor)] = interest
    }

    /// Waits until a descriptor is ready.
    /// The corresponding C function is `epoll_wait`.
    ///
    /// - Parameter milliseconds: how long at most; nil for as long as it takes.
    /// - Returns: what is ready; nothing if time ran out or a signal arrived.
    mutating func wait(atMost milliseconds: Int64?) throws(SystemCallError) -> [Event] {
        Statistics.waits.add()
        let timeout = CInt(clamping: milliseconds ?? -1)
        let count = unsafe epoll_wait(epoll.rawValue, &ready, CInt(ready.count), timeout)
        guard count >= 0 else {
            if errno == EINTR { return [] }
            throw SystemCallError("epoll_wait")
        }
        events.removeAll(keepingCapacity: true)
        for index in 0..<Int(count) {
            let (descriptor, marks) = unsafe (ready[index].data.fd, Interest(rawValue: ready[index].events))
            events.append(Event(descriptor, marks, of: interests[Int(descriptor)]))
        }
        return events
    }
}

extension Event {
    /// An error or a hang-up counts as readable if reading was asked for: the `read` will say what happened. Room alone,
    /// where both were asked for (as in stage 5), does not.
    fileprivate init(_ descriptor: CInt, _ marks: Interest, of interest: Interest) {
        self.descriptor = descriptor
        isReadable = marks != .write && interest.contains(.read)
    }
}
