// Waiting for what no call waits for: a process that ends, a figure in /proc that changes.

import Glibc
import Shared

extension Clock {
    /// Waits for what takes a moment, and looks at it once in so many microseconds.
    ///
    /// - Returns: whether it has come about in time.
    @discardableResult
    public static func wait(
        within milliseconds: Int64 = 10_000, every pause: useconds_t = 500, until isDone: () throws -> Bool
    ) rethrows -> Bool {
        let deadline = monotonic + milliseconds
        while try !isDone() {
            if monotonic >= deadline { return false }
            usleep(pause)
        }
        return true
    }
}
