// SIGINT (Ctrl-C), SIGTERM and SIGHUP (its terminal has gone): how a server is asked to exit.
//
// A signal handler may do next to nothing: the code it interrupts can hold any lock, malloc's included. This one sets a
// flag and shuts down the listener. That wakes the server wherever it waits: a blocking `accept` returns EINVAL, `poll`
// and `epoll_wait` report the listener. The signal is not missed even if it comes just before the wait begins, because
// a listener that is shut down stays so. (Only Linux wakes `accept` like this. Portable servers use `ppoll`, or a pipe
// that the handler writes to and the loop watches.)

@preconcurrency @unsafe import Glibc
import Synchronization

/// Whether the server was asked to exit.
public enum StopSignal {
    private static let raised = Atomic<Bool>(false)
    /// Those to be shut down, `listenerCount` of them. Plain memory, because a signal handler reads it.
    private nonisolated(unsafe) static let listeners = UnsafeMutablePointer<CInt>.allocate(capacity: maxListeners)
    private static let listenerCount = Atomic<Int>(0)
    /// The most listeners that it can stop.
    static let maxListeners = 1024

    /// True once one of them has come.
    public static var isRaised: Bool { raised.load(ordering: .sequentiallyConsistent) }

    /// How long a server that was asked to exit waits for clients to take the replies it already has, in milliseconds.
    /// A server ends within a second, unless the turn it is in, or one command, takes longer than the rest of it.
    // Computed, because a signal handler reads it: a stored one would be initialized at its first use.
    public static var gracePeriod: Int64 { 500 }

    /// Handles these signals from now on, by shutting `listener` down; and others, for which this was called before.
    /// The corresponding C function is `sigaction`.
    public static func handle(stopping listener: borrowing Listener) {
        // Everything the handler uses is used here first, because Swift initializes a static at its first use, under a
        // lock that a handler must not take.
        let count = listenerCount.load(ordering: .relaxed)
        precondition(count < maxListeners, "more listeners than a signal can stop")
        unsafe listeners[count] = listener.descriptor.rawValue
        listenerCount.store(count + 1, ordering: .sequentiallyConsistent)
        BlockedClient.prepare()
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in StopSignal.raise() }
        unsafe sigaction(SIGINT, &action, nil)
        unsafe sigaction(SIGTERM, &action, nil)
        // Under nohup it is ignored, and stays so.
        var inherited = sigaction()
        unsafe sigaction(SIGHUP, nil, &inherited)
        let isIgnored = unsafe unsafeBitCast(inherited.__sigaction_handler.sa_handler, to: Int.self) == Self.ignored
        if !isIgnored { unsafe sigaction(SIGHUP, &action, nil) }
        // The signal may have come when the handler did not know this listener yet.
        if isRaised { _ = shutdown(listener.descriptor.rawValue, CInt(SHUT_RDWR)) }
    }

    /// Waits for one of these signals: until the listener is shut down, which `poll` reports though it is asked for
    /// nothing. For a server whose threads do all the rest.
    /// The corresponding C function is `poll`.
    public static func wait() {
        var entry = unsafe pollfd(fd: listeners[0], events: 0, revents: 0)
        while !isRaised {
            if unsafe poll(&entry, 1, -1) < 0 && errno != EINTR { Clock.pause() }
        }
    }

    /// What C calls SIG_IGN: a handler that is none.
    private static let ignored = 1

    private static func raise() {
        let code = errno
        let isFirst = !raised.exchange(true, ordering: .sequentiallyConsistent)
        for index in 0..<listenerCount.load(ordering: .sequentiallyConsistent) {
            _ = unsafe shutdown(listeners[index], CInt(SHUT_RDWR))
        }
        // The grace period starts once, however often somebody presses Ctrl-C.
        if isFirst { BlockedClient.endReading() }
        errno = code
    }
}
