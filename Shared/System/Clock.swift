// The two clocks a server needs.

@preconcurrency @unsafe import Glibc

/// Times in milliseconds.
/// The corresponding C function is `clock_gettime`.
public enum Clock {
    /// Since 1970: the clock that a key's expiry refers to. It jumps when somebody sets it.
    public static var realTime: Int64 { milliseconds(CLOCK_REALTIME) }

    /// Since some moment in the past. It never jumps: for how long something took.
    public static var monotonic: Int64 { milliseconds(CLOCK_MONOTONIC) }

    /// Waits a little, for want of anything better to wait for: descriptors or threads that others give back.
    /// The corresponding C function is `usleep`.
    public static func pause() {
        _ = usleep(pauseLength)
    }

    /// In microseconds: too short for anybody to notice, and long enough to be no load.
    private static let pauseLength: useconds_t = 10_000

    private static func milliseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // It fails only for a clock that does not exist.
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1000 + Int64(time.tv_nsec) / 1_000_000
    }
}
