// SIGINT (Ctrl-C) and SIGTERM: how a server is asked to end.
//
// A signal handler may do next to nothing: the code it interrupts can hold any lock, malloc's included. This one
// raises a flag and shuts down the listener. That wakes the server wherever it waits: a blocking `accept` returns
// EINVAL, `poll` and `epoll_wait` report the listener. No moment is lost, even when the signal comes just before the
// wait begins, for a listener that is shut down stays so.

@preconcurrency @unsafe import Glibc
import Synchronization

/// Whether the server was asked to end.
public enum StopSignal {
    private static let raised = Atomic<Bool>(false)
    private static let listener = Atomic<CInt>(-1)
    private static let blockingConnection = Atomic<CInt>(-1)

    /// True once SIGINT or SIGTERM has come.
    public static var isRaised: Bool { raised.load(ordering: .relaxed) }

    /// Handles both signals from now on, by shutting `listener` down; and SIGALRM, which ends the grace period of
    /// `interrupting`.
    /// The corresponding C functions are `sigaction` and `signal`.
    public static func handle(stopping listener: borrowing Listener) {
        // All that the handler uses is used here first: Swift makes a static at its first use, under a lock that a handler
        // must not take.
        self.listener.store(listener.descriptor.number, ordering: .relaxed)
        raised.store(false, ordering: .relaxed)
        blockingConnection.store(-1, ordering: .relaxed)
        var action = sigaction()
        unsafe action.__sigaction_handler.sa_handler = { _ in StopSignal.raise() }
        unsafe sigaction(SIGINT, &action, nil)
        unsafe sigaction(SIGTERM, &action, nil)
        signal(SIGALRM) { _ in StopSignal.giveUp() }
    }

    /// Waits for one of the two signals: until the listener is shut down, which `poll` reports though it is asked for
    /// nothing. For a server whose threads do all the rest.
    /// The corresponding C function is `poll`.
    public static func wait() {
        var entry = pollfd(fd: listener.load(ordering: .relaxed), events: 0, revents: 0)
        while !isRaised {
            if unsafe poll(&entry, 1, -1) < 0 && errno != EINTR { Clock.pause() }
        }
    }

    /// While `body` runs, the signals end `connection` too: for a server that serves, and waits for, only one. A reply
    /// under way is finished, if the peer takes it within the grace period.
    /// The corresponding C function is `setitimer`.
    public static func interrupting<Failure: Error>(
        _ connection: CInt, _ body: () throws(Failure) -> Void
    ) throws(Failure) {
        // In this order, whatever the optimiser would prefer: the signal may have come before the handler could know.
        blockingConnection.store(connection, ordering: .sequentiallyConsistent)
        defer { blockingConnection.store(-1, ordering: .sequentiallyConsistent) }
        if raised.load(ordering: .sequentiallyConsistent) { return }
        try body()
    }

    private static func raise() {
        let code = errno
        let isFirst = !raised.exchange(true, ordering: .sequentiallyConsistent)
        _ = Glibc.shutdown(listener.load(ordering: .relaxed), CInt(SHUT_RDWR))
        let connection = blockingConnection.load(ordering: .sequentiallyConsistent)
        // The grace period starts once, however often somebody presses Ctrl-C.
        if connection >= 0 && isFirst {
            // A blocked `read` returns 0; a blocked `write` goes on until SIGALRM comes.
            _ = Glibc.shutdown(connection, CInt(SHUT_RD))
            let gracePeriod = timeval(tv_sec: 0, tv_usec: Int(ServerProgram.gracePeriod) * 1000)
            var timer = itimerval(it_interval: timeval(), it_value: gracePeriod)
            // Not on POSIX's list of what a handler may call; in Linux it is a plain system call.
            _ = unsafe setitimer(CInt(ITIMER_REAL.rawValue), &timer, nil)
        }
        errno = code
    }

    /// The grace period is over: a blocked `write` fails.
    private static func giveUp() {
        let code = errno
        let connection = blockingConnection.load(ordering: .relaxed)
        if connection >= 0 { _ = Glibc.shutdown(connection, CInt(SHUT_RDWR)) }
        errno = code
    }
}
