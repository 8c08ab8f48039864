// A value that threads share, and the lock that lets one of them in at a time.
//
// The standard library's Mutex does the same. But the thread sanitizer, which the tests run under, does not know it, and
// reports a race at each use; it knows pthread_mutex, and so would find the place where the lock was forgotten.

@preconcurrency @unsafe import Glibc

/// A value behind a lock. `withLock` is the only way to reach it.
@safe public struct Locked<Value: ~Copyable & Sendable>: ~Copyable, @unchecked Sendable {
    // Both on the heap: C must always find the mutex at the same address.
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let value = UnsafeMutablePointer<Value>.allocate(capacity: 1)

    /// Puts `value` behind a lock.
    /// The corresponding C function is `pthread_mutex_init`.
    public init(_ value: consuming Value) {
        unsafe pthread_mutex_init(mutex, nil)
        unsafe self.value.initialize(to: value)
    }

    deinit {
        unsafe pthread_mutex_destroy(mutex)
        unsafe value.deinitialize(count: 1)
        unsafe value.deallocate()
        unsafe mutex.deallocate()
    }

    /// Waits until no other thread is inside, and lets `body` use the value.
    /// The corresponding C functions are `pthread_mutex_trylock`, `pthread_mutex_lock` and `pthread_mutex_unlock`.
    public borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ body: (inout Value) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        if unsafe pthread_mutex_trylock(mutex) != 0 { wait() }
        defer { unsafe pthread_mutex_unlock(mutex) }
        return unsafe try body(&value.pointee)
    }

    /// Waits until this thread has the mutex, and counts that it had to: with nothing but a lock's own cost where there
    /// is nobody to wait for.
    @inline(never)
    private borrowing func wait() {
        let start = Clock.monotonicNanoseconds
        // It fails only for a mutex that is none, or that this thread already holds.
        unsafe pthread_mutex_lock(mutex)
        Statistics.lockWaits.add()
        Statistics.lockWaitTime.add(Int(Clock.monotonicNanoseconds - start))
    }
}
