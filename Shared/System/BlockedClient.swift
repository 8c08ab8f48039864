// The one client that blocks stage 1's only thread when the server is asked to exit. Later stages have a list of their
// connections and end them themselves; here, only the signal handler can do anything.

@preconcurrency @unsafe import Glibc
import Synchronization

/// The connection that the stop signal interrupts.
public enum BlockedClient {
    private static let descriptor = Atomic<CInt>(-1)

    /// From now on the stop signal ends reading on `descriptor`: a blocked `read` returns 0, and a reply in flight is
    /// finished if the client takes it within the grace period. It holds until the next call, even after the
    /// descriptor is closed: shutting down a closed number does nothing, and the next to get it is the next client.
    public static func endReadingOnStopSignal(_ descriptor: borrowing FileDescriptor) {
        self.descriptor.store(descriptor.rawValue, ordering: .sequentiallyConsistent)
        // In this order: the signal may have come before the handler could know about this client.
        if StopSignal.isRaised { endReading() }
    }

    /// SIGALRM, which ends the grace period, would end the process if it were not handled.
    /// The corresponding C function is `signal`.
    static func prepare() {
        descriptor.store(-1, ordering: .relaxed)
        signal(SIGALRM) { _ in BlockedClient.giveUp() }
    }

    /// Called by a signal handler.
    /// The corresponding C functions are `shutdown` and `setitimer`.
    static func endReading() {
        let number = descriptor.load(ordering: .sequentiallyConsistent)
        if number < 0 { return }
        FileDescriptor.endReading(number)
        // A blocked `write` goes on until SIGALRM comes.
        let gracePeriod = timeval(tv_sec: 0, tv_usec: Int(StopSignal.gracePeriod) * 1000)
        var timer = itimerval(it_interval: timeval(), it_value: gracePeriod)
        // Not on POSIX's list of what a handler may call; in Linux it is a plain system call.
        _ = unsafe setitimer(CInt(ITIMER_REAL.rawValue), &timer, nil)
    }

    /// The grace period is over: a blocked `write` fails.
    private static func giveUp() {
        let code = errno
        let number = descriptor.load(ordering: .relaxed)
        // An alarm that somebody else sent is not the end of the grace period.
        if number >= 0 && StopSignal.isRaised { _ = shutdown(number, CInt(SHUT_RDWR)) }
        errno = code
    }
}
