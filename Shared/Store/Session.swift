// What a server remembers about a client beside its unsent and unread bytes.

/// One client's session. It counts itself among the open connections for as long as it lives.
public struct Session: ~Copyable, Sendable {
    /// Counts up from 1.
    public let id: Int
    /// Set by QUIT: send what is to be sent, then close. Nothing that the client sent after it is looked at.
    public internal(set) var isEnding = false
    /// Set by CLIENT SETNAME.
    var name: [UInt8] = []

    /// Counts the connection as accepted, and as open.
    public init() {
        Statistics.openConnections.add()
        id = Statistics.connections.addReturningValue()
    }

    deinit {
        Statistics.openConnections.add(-1)
    }
}
