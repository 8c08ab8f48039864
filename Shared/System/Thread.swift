// Starting a thread. Which threads there are, and what they do, is the lesson of stage 2; how a Swift closure gets
// through a C function that passes one pointer on is not.

@preconcurrency @unsafe import Glibc

/// Threads of the operating system.
public enum Thread {
    /// Starts a thread that runs `body` and ends.
    /// The corresponding C function is `pthread_create`.
    ///
    /// - Parameter stackSize: in bytes; of these, only what is used takes memory.
    /// - Throws: what `pthread_create` reports: EAGAIN when the system has no room for another thread.
    public static func start(
        stackSize: Int, _ body: @escaping @Sendable () -> Void
    ) throws(SystemCallError) {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        // Kept alive here until the thread has taken it.
        let context = unsafe Unmanaged.passRetained(Body(body))
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, &attributes,
            { context in
                unsafe Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        if code == 0 { return }
        unsafe context.release()
        throw SystemCallError("pthread_create", code: code, remedy: "there are too many threads for this system")
    }

    /// The closure, as something a pointer can point to.
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }
}
