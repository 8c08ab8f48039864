// Which of many descriptors can be read or written without waiting? `poll` is given the whole list, and marks those.

@preconcurrency @unsafe import Glibc
import Shared

/// What to wait for on a descriptor.
struct Interest: OptionSet {
    let rawValue: Int16
    static let read = Interest(rawValue: Int16(POLLIN))
    static let write = Interest(rawValue: Int16(POLLOUT))
}

/// A descriptor on which something can be done now.
struct Event {
    let descriptor: CInt
    let isReadable: Bool
    let isWritable: Bool
}

/// Waits for many descriptors at once.
struct Poller: ~Copyable {
    /// The list that goes to the kernel, whole, each time: that is what `poll` costs.
    private var watched: [pollfd] = []
    /// Where in the list each descriptor stands.
    private var places: [Int] = []
    /// What can be done now. Kept, so that a turn allocates nothing.
    private var events: [Event] = []

    // Nothing in here can fail but `wait`. The signatures are those of stage 4, so that `Server` is the same in both.
    init() throws(SystemCallError) {}

    /// Starts watching a descriptor.
    mutating func add(_ descriptor: CInt, _ interest: Interest) throws(SystemCallError) {
        while places.count <= Int(descriptor) { places.append(-1) }
        places[Int(descriptor)] = watched.count
        watched.append(pollfd(fd: descriptor, events: interest.rawValue, revents: 0))
    }

    /// Changes what a descriptor is watched for.
    mutating func update(_ descriptor: CInt, _ interest: Interest) throws(SystemCallError) {
        watched[places[Int(descriptor)]].events = interest.rawValue
    }

    /// Stops watching a descriptor; to be called before it is closed. The last of the list takes its place.
    mutating func remove(_ descriptor: CInt) {
        let place = places[Int(descriptor)]
        let last = watched.removeLast()
        if last.fd != descriptor {
            watched[place] = last
            places[Int(last.fd)] = place
        }
    }

    /// Waits until something can be done.
    /// The corresponding C function is `poll`.
    ///
    /// - Parameter milliseconds: how long at most; nil for as long as it takes.
    /// - Returns: what can be done; nothing after that time, or when a signal arrived.
    mutating func wait(atMost milliseconds: Int64?) throws(SystemCallError) -> [Event] {
        Statistics.waits.add()
        let timeout = CInt(clamping: milliseconds ?? -1)
        let count = unsafe poll(&watched, nfds_t(watched.count), timeout)
        guard count >= 0 else {
            if errno == EINTR { return [] }
            // The kernel has no memory for its copy of the list, or somebody has lowered the limit of descriptors below
            // its length. Both can pass; until then nobody is served.
            guard errno == ENOMEM || errno == EINVAL else { throw SystemCallError("poll") }
            Clock.pause()
            return []
        }
        events.removeAll(keepingCapacity: true)
        for entry in watched where entry.revents != 0 { events.append(Event(entry)) }
        return events
    }
}

extension Event {
    /// An error or a hang-up counts as both: the `read` or `write` that is then made says what happened.
    fileprivate init(_ entry: pollfd) {
        descriptor = entry.fd
        let marks = Interest(rawValue: entry.revents)
        isReadable = !marks.subtracting(.write).isEmpty
        isWritable = !marks.subtracting(.read).isEmpty
    }
}
