// The five stages, as the lab and the tests speak of them.

import Shared

/// One of the five servers.
public enum Stage: Int, CaseIterable, Sendable, CustomStringConvertible {
    case sync = 1
    case threads, poll, epoll, pipelining

    /// The name of its folder, target and executable.
    public var name: String {
        switch self {
        case .sync: "Stage1-Sync"
        case .threads: "Stage2-Threads"
        case .poll: "Stage3-Poll"
        case .epoll: "Stage4-Epoll"
        case .pipelining: "Stage5-Pipelining"
        }
    }

    /// How a person calls it: `1 Sync`, with a space at which no line is broken.
    public var title: String { "\(rawValue)\u{A0}" + name.split(separator: "-")[1] }

    public var encoding: Encoding { rawValue >= 4 ? .resp2 : .lengthPrefixed }

    /// Whether it serves several clients at once; stage 1 does not.
    public var isConcurrent: Bool { self != .sync }

    public var description: String { name }
}
