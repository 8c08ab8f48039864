// Who has been silent longest? A doubly linked list in the order of last activity: every operation takes the same
// few steps, however many connections there are, and the first of the list is the answer.

/// Descriptors in the order they were last active. The links stand in an array indexed by descriptor number.
public struct ActivityList {
    private struct Link {
        var previous: CInt
        var next: CInt
        var time: Int64
        /// What its peer had not taken when that was last looked at.
        var unsent: Int
    }

    /// The list's own head and tail, in one: `links[0]`. A descriptor n stands at n + 1.
    private var links = [Link(previous: 0, next: 0, time: 0, unsent: 0)]

    public init() {}

    /// The descriptor that has been silent longest, and the time it was last active.
    public var oldest: (descriptor: CInt, time: Int64)? {
        let first = links[0].next
        return first == 0 ? nil : (first - 1, links[Int(first)].time)
    }

    /// Moves `descriptor` to the end of the list, or puts it there. `time` must not go back.
    public mutating func touch(_ descriptor: CInt, at time: Int64) {
        remove(descriptor)
        let place = descriptor + 1
        while links.count <= Int(place) { links.append(Link(previous: -1, next: -1, time: 0, unsent: 0)) }
        let last = links[0].previous
        links[Int(place)] = Link(previous: last, next: 0, time: time, unsent: 0)
        links[Int(last)].next = place
        links[0].previous = place
    }

    /// The descriptor that has been silent longest, if it has done nothing since `time`. That its peer takes what was
    /// sent is no event while the kernel holds it, and may go on for long: it counts here, where it is looked at.
    public mutating func nextSilent(since time: Int64) -> CInt? {
        while let oldest, oldest.time <= time {
            let unsent = FileDescriptor.unsentBytes(oldest.descriptor)
            let place = Int(oldest.descriptor) + 1
            if unsent == 0 || unsent == links[place].unsent { return oldest.descriptor }
            touch(oldest.descriptor, at: Clock.monotonic)
            links[place].unsent = unsent
        }
        return nil
    }

    /// Takes `descriptor` out, if it is in the list.
    public mutating func remove(_ descriptor: CInt) {
        let place = Int(descriptor) + 1
        guard place < links.count, links[place].next >= 0 else { return }
        let link = links[place]
        links[Int(link.previous)].next = link.next
        links[Int(link.next)].previous = link.previous
        links[place].next = -1
    }
}
