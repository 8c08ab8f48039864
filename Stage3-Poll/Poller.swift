// Which of many descriptors can be read or written without blocking? `poll` takes the whole list and marks them.

@preconcurrency @unsafe import Glibc
import Shared

/// What to wait for on a descriptor.
struct Interest: OptionSet {
    let rawValue: Int16
    static let read = Interest(rawValue: Int16(POLLIN))
    static let write = Interest(rawValue: Int16(POLLOUT))
}

/// A descriptor to serve now.
struct Event {
    let descriptor: CInt
    /// Whether it can be read. If not, it can be written, or it is resumed without any event.
    let isReadable: Bool
}

/// Waits for many descriptors at once.
struct Poller: ~Copyable {
    /// The interest list. All of it goes to the kernel every time: that is what `poll` costs.
    private var entries: [pollfd] = []
    /// Where in the list each descriptor stands.
    private var places: [Int] = []
    /// Kept from turn to turn, so that a turn allocates nothing.
    private var events: [Event] = []

    // Only `wait` can fail here. The signatures are those of stage 4, so that `Server` is the same file in both.
    init() throws(SystemCallError) {}

    /// Starts watching a descriptor.
    mutating func add(_ descriptor: CInt, _ interest: Interest) throws(SystemCallError) {
        while places.count <= Int(descriptor) { places.append(-1) }
        places[Int(descriptor)] = entries.count
        entries.append(pollfd(fd: descriptor, events: interest.rawValue, revents: 0))
    }

    /// Changes what a descriptor is watched for.
    mutating func update(_ descriptor: CInt, _ interest: Interest) throws(SystemCallError) {
        entries[places[Int(descriptor)]].events = interest.rawValue
    }

    /// Stops watching a descriptor, which is still open. The last entry of the list takes its place.
    mutating func remove(_ descriptor: CInt) {
        let place = places[Int(descriptor)]
        let last = entries.removeLast()
        if last.fd != descriptor {
            entries[place] = last
            places[Int(last.fd)] = place
        }
    }

    /// Waits until a descriptor is ready.
    /// The corresponding C function is `poll`.
    ///
    /// - Parameter milliseconds: how long at most; nil for as long as it takes.
    /// - Returns: what is ready; nothing if time ran out or a signal arrived.
    mutating func wait(atMost milliseconds: Int64?) throws(SystemCallError) -> [Event] {
        Statistics.waits.add()
        let timeout = CInt(clamping: milliseconds ?? -1)
        let count = unsafe poll(&entries, nfds_t(entries.count), timeout)
        guard count >= 0 else {
            if errno == EINTR { return [] }
            // The kernel has no memory for its copy of the list, or the limit of descriptors was lowered below its
            // length. Both can pass.
            guard errno == ENOMEM || errno == EINVAL else { throw SystemCallError("poll") }
            Clock.pause()
            return []
        }
        events.removeAll(keepingCapacity: true)
        for entry in entries where entry.revents != 0 {
            let (marks, interest) = (Interest(rawValue: entry.revents), Interest(rawValue: entry.events))
            events.append(Event(entry.fd, marks, of: interest))
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
