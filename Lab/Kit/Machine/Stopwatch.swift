// Time as the clients of the lab measure it.

@preconcurrency import Glibc

/// Microseconds since it was made, by a clock that never jumps.
public struct Stopwatch: Sendable {
    private let start: Int64

    public init() {
        start = Self.nanoseconds
    }

    public var microseconds: Double { Double(Self.nanoseconds - start) / 1000 }
    public var seconds: Double { microseconds / 1_000_000 }

    /// Since some moment in the past.
    public static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
