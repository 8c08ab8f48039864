// What the commands can tell about the server they run in.

/// The settings that INFO and CONFIG GET show, and the one that commands obey.
public struct ServerDescription: Sendable {
    /// The program's name.
    public var name: String
    /// Where it listens.
    public var host = "127.0.0.1"
    public var port = 0
    public var maxConnections = 10_000
    /// Bytes of keys and values above which commands that add data are refused; 0 for no limit.
    public var maxMemory = 0
    /// In seconds; 0 for never.
    public var idleTimeout = 0

    /// The defaults.
    public init(name: String) {
        self.name = name
    }
}
