// How much of a turn one client may use. One thread serves all: a client that has sent many requests, or expensive ones,
// must not keep it to itself.

/// The time one connection has in one turn. It ends between two requests: a request is never cut short.
public struct TurnBudget: ~Copyable {
    /// In nanoseconds. Some ten thousand ordinary requests in stage 5, and two thousand in stages 3 and 4: more than one
    /// `read` brings. And short enough that a hundred greedy clients make another one wait for less than a second.
    private static let limit: Int64 = 8_000_000
    /// Looking at the clock costs a tenth of an ordinary request of stage 5, so it is not done for each.
    @usableFromInline static let requestsPerLook = 8

    @usableFromInline var requests = 0
    private var start: Int64 = 0
    /// Whether it was used up, so that a request is left for the next turn.
    public private(set) var isSpent = false

    /// A full budget.
    public init() {}

    /// Whether there is time for another request. The first is always allowed.
    @inlinable
    public mutating func allowsRequest() -> Bool {
        defer { requests += 1 }
        return requests & (Self.requestsPerLook - 1) != 0 || hasTime()
    }

    @usableFromInline
    mutating func hasTime() -> Bool {
        let now = Clock.monotonicNanoseconds
        if requests == 0 { start = now }
        isSpent = now - start >= Self.limit
        return !isSpent
    }
}
