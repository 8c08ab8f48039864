// Many connections on which nothing is said.

import Shared

/// Connections to a port of this machine, open until `close`.
public final class IdleConnections {
    private let port: Int
    private var clients: [SocketClient] = []
    /// Seconds. A server that is slow to accept makes `connect` wait, and one that has died must not make it hang.
    private static let patience = 20

    public init(port: Int) {
        self.port = port
    }

    public var count: Int { clients.count }

    /// Opens further ones, until there are `wanted`.
    ///
    /// - Returns: why there are fewer; nil when there are not.
    public func open(upTo wanted: Int) -> String? {
        do {
            while clients.count < wanted {
                // Idle connections speak no protocol.
                clients.append(try SocketClient(port: port, wireProtocol: .resp2, patience: Self.patience))
            }
            return nil
        } catch {
            return "\(error)"
        }
    }

    /// Those that the server has not closed.
    public var openCount: Int { clients.count { !$0.hasInput } }

    public func close() { clients = [] }
}
