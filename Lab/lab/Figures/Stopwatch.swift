// Time as the clients of the lab measure it.

@preconcurrency import Glibc
import LabKit

/// Microseconds since it was made, by a clock that never jumps.
struct Stopwatch: Sendable {
    private let start: Int64

    init() {
        start = Self.nanoseconds
    }

    var microseconds: Double { Double(Self.nanoseconds - start) / 1000 }
    var seconds: Double { microseconds / 1_000_000 }

    /// Since some moment in the past.
    static var nanoseconds: Int64 {
        var time = timespec()
        clock_gettime(CLOCK_MONOTONIC, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
