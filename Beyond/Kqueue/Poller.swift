// Which of many descriptors can be read or written without blocking? With `kqueue`, the list stays in the kernel.

import CKqueue
@preconcurrency @unsafe import Glibc
import Shared

/// What to wait for on a descriptor. The kernel knows no such mask, but a filter for each of the two.
struct Interest: OptionSet {
    let rawValue: UInt32
    static let read = Interest(rawValue: 1)
    static let write = Interest(rawValue: 2)
    fileprivate static let filters = [(read, EVFILT_READ), (write, EVFILT_WRITE)]
}

/// A descriptor to serve now.
struct Event {
    let descriptor: CInt
    /// Whether it can be read. If not, it can be written, or it is resumed without any event.
    let isReadable: Bool
}

/// Waits for many descriptors at once.
@safe struct Poller: ~Copyable {
    /// The interest list, in the kernel: changes travel with the wait, and waiting costs only what is ready.
    private let queue: FileDescriptor
    /// What each descriptor is watched for, so that only a real change is passed on.
    private var interests: [Interest] = []
    /// What the kernel will be told with the next wait.
    private var changes = unsafe [CKqueue.kevent]()
    /// Where the kernel puts what is ready.
    private var ready = unsafe [CKqueue.kevent](repeating: .init(), count: maxEvents)
    /// A bound on the length of a turn. What does not fit is reported the next time.
    private static let maxEvents = 256
    /// Kept from turn to turn, so that a turn allocates nothing.
    private var events: [Event] = []

    init() throws(SystemCallError) {
        let number = kqueue()
        guard number >= 0 else { throw SystemCallError("kqueue") }
        queue = FileDescriptor(owning: number)
    }

    /// Starts watching a descriptor.
    mutating func add(_ descriptor: CInt, _ interest: Interest) throws(SystemCallError) {
        while interests.count <= Int(descriptor) { interests.append([]) }
        control(descriptor, interest)
    }

    /// Changes what a descriptor is watched for.
    mutating func update(_ descriptor: CInt, _ interest: Interest) throws(SystemCallError) {
        control(descriptor, interest)
    }

    /// Stops watching a descriptor, which is still open. Closing it does the same, if no other process has it.
    mutating func remove(_ descriptor: CInt) {
        // Nothing about it may be left for the next wait: by then, the number may be another connection's.
        unsafe changes.removeAll { unsafe $0.ident == descriptor }
        // With EV_RECEIPT, `ready` gets an answer to each (to one of them, that it was not armed), and no events.
        let ends = unsafe Interest.filters.map { unsafe kevent(descriptor, $0.1, EV_DELETE | EV_RECEIPT) }
        _ = unsafe kevent(queue.rawValue, ends, CInt(ends.count), &ready, CInt(ends.count), nil)
        interests[Int(descriptor)] = []
    }

    /// Leaves the changes to `wait`, so it cannot fail. Level-triggered, the default: a descriptor is reported again and
    /// again while it is ready, so that nothing is lost when only a part of what it has is read.
    private mutating func control(_ descriptor: CInt, _ interest: Interest) {
        let changed = interest.symmetricDifference(interests[Int(descriptor)])
        for (one, filter) in Interest.filters where changed.contains(one) {
            unsafe changes.append(kevent(descriptor, filter, interest.contains(one) ? EV_ADD : EV_DELETE))
        }
        interests[Int(descriptor)] = interest
    }

    /// Waits until a descriptor is ready.
    /// The corresponding C function is `kevent`.
    ///
    /// - Parameter milliseconds: how long at most; nil for as long as it takes.
    /// - Returns: what is ready; nothing if time ran out or a signal arrived.
    mutating func wait(atMost milliseconds: Int64?) throws(SystemCallError) -> [Event] {
        Statistics.waits.add()
        // A day at most: that is as good as for ever, since the server then waits again.
        let time = Int(min(milliseconds ?? .max, 86_400_000))
        var timeout = timespec(tv_sec: time / 1000, tv_nsec: time % 1000 * 1_000_000)
        // Room to report an error for each change: without it, the kernel stops at the first one that fails.
        while unsafe ready.count < changes.count { unsafe ready.append(.init()) }
        let count = unsafe kevent(queue.rawValue, changes, CInt(changes.count), &ready, CInt(ready.count), &timeout)
        // They have been made, even if a signal ended the wait.
        unsafe changes.removeAll(keepingCapacity: true)
        guard count >= 0 else {
            if errno == EINTR { return [] }
            throw SystemCallError("kevent")
        }
        events.removeAll(keepingCapacity: true)
        for index in 0..<Int(count) {
            let entry = unsafe ready[index]
            // The kernel had no memory for this change. The descriptor gets its turn, after which it is asked for again.
            if unsafe entry.flags & UInt16(EV_ERROR) != 0 { unsafe interests[Int(entry.ident)] = [] }
            unsafe events.append(Event(entry))
        }
        return events
    }
}

extension Event {
    /// It is of one filter. `data` tells how much can be read, and EV_EOF that no more will come: `read` will say both.
    fileprivate init(_ entry: kevent) {
        unsafe descriptor = CInt(entry.ident)
        isReadable = unsafe entry.filter == EVFILT_READ
    }
}

extension kevent {
    fileprivate init(_ descriptor: CInt, _ filter: CInt, _ flags: CInt) {
        unsafe self.init(
            ident: UInt(descriptor), filter: Int16(filter), flags: UInt16(flags), fflags: 0, data: 0, udata: nil)
    }
}
