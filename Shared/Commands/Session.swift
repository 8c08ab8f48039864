// What the commands remember about a client.

/// One client's session. It counts itself among the open connections for as long as it lives.
public struct Session: ~Copyable, Sendable {
    /// Counts up from 1.
    public let id: Int
    /// Set by QUIT, and wherever nothing more is to be executed: send the replies that are left, then close. What the
    /// client sent after that is ignored.
    public var isEnding = false
    /// Set by CLIENT SETNAME.
    var name: [UInt8] = [] {
        didSet { ClientMemory.requests.add(name.count - oldValue.count) }
    }
    /// Between MULTI and EXEC: what EXEC will execute.
    var transaction: Transaction?

    /// Counts the connection as accepted, and as open.
    public init() {
        Statistics.openConnections.add()
        id = Statistics.connections.addReturningValue()
    }

    deinit {
        ClientMemory.requests.add(-name.count)
        Statistics.openConnections.add(-1)
    }
}
