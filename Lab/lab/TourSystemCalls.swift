// `--syscalls`: every call of the kernel, counted by strace. In runs of their own, for a traced server is slow.

import LabKit

extension Tour {
    func countSystemCalls() {}
}
