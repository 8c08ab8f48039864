// Starting a thread. Which threads there are, and what they do, is the lesson of stage 2. How a Swift closure, and a value
// with one owner, pass through a C function that takes one pointer is not.

@preconcurrency @unsafe import Glibc

/// Threads of the operating system.
public enum Thread {
    /// A thread here needs a few kilobytes. The usual 8 MB would not cost more memory, but few of them would fit where
    /// address space is limited.
    private static let stackSize = 256 << 10

    /// Starts a thread that runs `body` and ends.
    /// The corresponding C function is `pthread_create`.
    ///
    /// - Throws: what `pthread_create` reports: EAGAIN when the system has no room for another thread.
    public static func start(_ body: @escaping @Sendable () -> Void) throws(SystemCallError) {
        let code = create(Body(body))
        if code == 0 { return }
        throw failure(code)
    }

    /// What `start` throws when the system has no room for another thread.
    public static var noRoom: SystemCallError { failure(EAGAIN) }

    private static func failure(_ code: CInt) -> SystemCallError {
        SystemCallError("pthread_create", code: code, remedy: "there are too many threads for this system")
    }

    /// Starts a thread that takes over `payload`, runs `body` with it and ends.
    /// The corresponding C function is `pthread_create`.
    ///
    /// - Returns: nil, or `payload` if the system has no room for another thread.
    public static func start<Payload: ~Copyable & Sendable>(
        with payload: consuming Payload, _ body: @escaping @Sendable (consuming Payload) -> Void
    ) -> Payload? {
        let handover = Handover(payload)
        let code = create(Body { body(handover.take()!) })
        return code == 0 ? nil : handover.take()
    }

    private static func create(_ body: Body) -> CInt {
        var attributes = pthread_attr_t()
        unsafe pthread_attr_init(&attributes)
        defer { unsafe pthread_attr_destroy(&attributes) }
        unsafe pthread_attr_setstacksize(&attributes, stackSize)
        unsafe pthread_attr_setdetachstate(&attributes, CInt(PTHREAD_CREATE_DETACHED))
        // Kept alive here until the thread has taken it.
        let context = unsafe Unmanaged.passRetained(body)
        var thread = pthread_t()
        let code = unsafe pthread_create(
            &thread, &attributes,
            { context in
                unsafe Unmanaged<Body>.fromOpaque(context!).takeRetainedValue().run()
                return nil
            }, context.toOpaque())
        if code != 0 { unsafe context.release() }
        return code
    }

    /// The closure, as something a pointer can point to.
    private final class Body: Sendable {
        let run: @Sendable () -> Void

        init(_ run: @escaping @Sendable () -> Void) {
            self.run = run
        }
    }

    /// Holds the payload until one of two takes it: a closure may be called twice, so it cannot own it. Unchecked, because
    /// only one of them ever does: the new thread, or its starter if there is no new thread.
    private final class Handover<Payload: ~Copyable & Sendable>: @unchecked Sendable {
        private var payload: Payload?

        init(_ payload: consuming Payload) {
            self.payload = consume payload
        }

        func take() -> Payload? {
            payload.take()
        }
    }
}
