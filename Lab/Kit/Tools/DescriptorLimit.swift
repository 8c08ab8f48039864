// Every connection is a descriptor, on either side.

@preconcurrency import Glibc

public enum DescriptorLimit {
    /// Raises this process's limit of descriptors, of which every connection is one, as far as it may.
    ///
    /// - Returns: the limit, which is at most `wanted` unless it was higher before.
    @discardableResult
    public static func raise(to wanted: Int = .max) -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 1024 }
        if limit.rlim_cur < rlim_t(wanted) && limit.rlim_cur < limit.rlim_max {
            let before = limit.rlim_cur
            limit.rlim_cur = min(rlim_t(wanted), limit.rlim_max)
            if setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) != 0 { return Int(before) }
        }
        return Int(clamping: limit.rlim_cur)
    }
}
