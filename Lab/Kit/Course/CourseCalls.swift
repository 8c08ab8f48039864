// How a server asks the kernel for what it does: the system calls that the tests count, and make fail. And whether this
// build, and the kernel of this machine, have them.

import Shared

extension Stage {
    /// The calls by which it serves, as strace names them.
    public var servingCalls: [String] {
        if isByCompletion { return ["io_uring_enter"] }
        let transfers = ["accept4", "read", "write"]
        switch self {
        case .poll: return transfers + ["poll"]
        // The library that stands in for the kernel makes kqueue out of epoll.
        case .epoll, .pipelining, .cores, .kqueue: return transfers + ["epoll_wait", "epoll_ctl"]
        default: return transfers
        }
    }

    /// How many of them one request costs, of a client that is alone.
    public var callsPerRequest: Int {
        switch self {
        // It submits a reply, and waits for the next request.
        case .uring: 1
        // With an event kqueue tells how much can be read. The library that stands in for the kernel has to ask for it.
        case .kqueue: 4
        default: 3
        }
    }

    /// Whether the kernel accepts, reads and writes in its place. What a descriptor limit allows is then what it allowed
    /// when the kernel was asked; and what was read is not counted in /proc.
    public var isByCompletion: Bool { self == .uring }

    /// Why it cannot be started here; nil when it can.
    public var obstacle: String? {
        switch self {
        case .kqueue:
            Self.hasKqueue
                ? nil
                : "it needs libkqueue, a C library that Debian does not have, and a build with KQUEUE=1. README.md says under "
                    + "\"Kqueue on Linux\" how to get both."
        case .uring: Self.ringObstacle
        default: nil
        }
    }

    #if KQUEUE
    private static let hasKqueue = true
    #else
    private static let hasKqueue = false
    #endif

    private static let ringObstacle: String? = {
        do throws(SystemCallError) { _ = try RingMemory(entries: 1) } catch { return error.description }
        return nil
    }()
}
