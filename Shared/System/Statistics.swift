// What the server did, counted where it is done: in FileDescriptor, Session, `reject` and the stages' Poller. Printed at
// exit and by INFO. Atomic, because the connections of stage 2 are threads. (Requests are counted by the store, under
// its lock.)

import Synchronization

/// Counters of the whole process since its start.
public enum Statistics {
    /// Connections accepted.
    public static let connections = Counter()
    /// Those of them that are open now.
    public static let openConnections = Counter()
    /// Connections refused at the limit.
    public static let rejected = Counter()
    /// Bytes received from clients.
    public static let bytesRead = Counter()
    /// Bytes sent to clients.
    public static let bytesWritten = Counter()
    /// Calls of `read` on connections.
    public static let reads = Counter()
    /// Calls of `write` on connections.
    public static let writes = Counter()
    /// Calls of `poll` or `epoll_wait`.
    public static let waits = Counter()
    /// How often a thread had to wait for a lock that another one held ...
    public static let lockWaits = Counter()
    /// ... and how long, in nanoseconds.
    public static let lockWaitTime = Counter()

    /// One line for the end of a run.
    public static func summary(requests: Int) -> String {
        "served \(connections.value) connections, \(requests) requests; "
            + "\(bytesRead.value) bytes in \(reads.value) reads, "
            + "\(bytesWritten.value) bytes in \(writes.value) writes; \(waits.value) waits"
    }
}

/// A number that threads raise without a lock.
public struct Counter: ~Copyable, Sendable {
    private let storage = Atomic<Int>(0)

    /// The sum so far.
    public var value: Int { storage.load(ordering: .relaxed) }

    /// Adds `amount`, which may be negative.
    public func add(_ amount: Int = 1) {
        storage.wrappingAdd(amount, ordering: .relaxed)
    }

    /// Adds one, and returns the new value, which no other thread gets.
    func addReturningValue() -> Int {
        storage.wrappingAdd(1, ordering: .relaxed).newValue
    }
}
