// Every child process this program has started and not reaped yet, so that Ctrl-C leaves none behind.

@preconcurrency import Glibc
import Shared

public enum Children {
    private static let running = Locked<Set<pid_t>>([])

    /// By which a person, or a shell, ends a program.
    static let endSignals = [SIGINT, SIGTERM, SIGHUP, SIGQUIT]

    static func set(of signals: [CInt]) -> sigset_t {
        var set = sigset_t()
        sigemptyset(&set)
        for signal in signals { sigaddset(&set, signal) }
        return set
    }

    /// Starts a child under the lock: the thread that ends them all either sees it, or comes before it was started.
    static func start(_ spawn: () -> pid_t?) {
        running.withLock { if let pid = spawn() { $0.insert(pid) } }
    }

    /// Reaps a child, under the lock as well, since its number may belong to somebody else from then on.
    ///
    /// - Returns: its status; nil while it runs.
    static func reap(_ pid: pid_t) -> CInt? {
        running.withLock { running in
            var code: CInt = 0
            guard waitpid(pid, &code, WNOHANG) == pid else { return nil }
            running.remove(pid)
            return code
        }
    }

    /// From now on SIGINT and SIGTERM end every child, and then this program, with the status that shells use.
    ///
    /// - Parameter interrupt: takes the first SIGINT instead, so that what was measured so far is still printed. The second
    ///   one ends the program.
    ///
    /// Call it before the first thread starts: the signals are blocked in every thread, and one thread of its own
    /// waits for them, where it may take locks and print, which a signal handler may not.
    public static func endOnSignal(
        _ cleanUp: @escaping @Sendable () -> Void = {}, interrupt: (@Sendable () -> Void)? = nil
    ) {
        let awaited = set(of: endSignals)
        var signals = awaited
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        try? Thread.start {
            var signals = awaited
            var number: CInt = 0
            while sigwait(&signals, &number) != 0 {}
            if let interrupt, number == SIGINT {
                interrupt()
                while sigwait(&signals, &number) != 0 {}
            }
            cleanUp()
            // The lock is kept: nobody can start another child before the end.
            running.withLock { running in
                for pid in running { kill(pid, SIGKILL) }
                // With what a child has started in turn, where it has a group of its own.
                for pid in running { kill(-pid, SIGKILL) }
                for pid in running { waitpid(pid, nil, 0) }
                _exit(128 + number)
            }
        }
    }
}
