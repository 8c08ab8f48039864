// The two clocks a server needs.

@preconcurrency @unsafe import Glibc

/// Times in milliseconds.
/// The corresponding C function is `clock_gettime`.
public enum Clock {
    /// Since 1970: the clock that a key's expiry refers to. It jumps when somebody sets it.
    public static var realTime: Int64 { nanoseconds(CLOCK_REALTIME) / 1_000_000 }

    /// Since some moment in the past. It never jumps, so it can tell how long something took.
    public static var monotonic: Int64 { nanoseconds(CLOCK_MONOTONIC) / 1_000_000 }

    /// The same clock in nanoseconds, for what takes less than a millisecond.
    public static var monotonicNanoseconds: Int64 { nanoseconds(CLOCK_MONOTONIC) }

    /// Sleeps briefly, where no event tells that others have given back descriptors or ended their threads.
    /// The corresponding C function is `usleep`.
    public static func pause() {
        // A signal only makes it shorter.
        _ = usleep(pauseLength)
    }

    /// In microseconds: too short for anybody to notice, and long enough to cause no load.
    private static let pauseLength: useconds_t = 10_000

    private static func nanoseconds(_ clock: clockid_t) -> Int64 {
        var time = timespec()
        // It fails only for a clock that does not exist.
        _ = unsafe clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
