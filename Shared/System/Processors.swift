// How many processors are there for this process?

import CLinux
@preconcurrency @unsafe import Glibc

/// The processors of this machine.
public enum Processors {
    /// How many of them this process may run on: all, unless somebody has bound it to some (`taskset`, a container's
    /// cpuset). That a container may be allowed fewer seconds of them than there are, no call tells.
    /// The corresponding C function is `sched_getaffinity`.
    public static var available: Int {
        // One bit for each processor; this is enough for 8,192.
        var set = [UInt8](repeating: 0, count: 1024)
        let size = UInt(set.count)
        guard unsafe sched_getaffinity(0, size, &set) == 0 else { return 1 }
        return max(1, set.reduce(0) { $0 + $1.nonzeroBitCount })
    }
}
