// Which clients are served, and when: all at once, each by a thread of its own.

import Shared

/// Accepts connections and owns the store.
final class Server: Sendable {
    private let listener: Listener
    private let store: Locked<KeyValueStore>
    /// The descriptor numbers of all connections, to count them, and to end them when the server exits.
    private let connections = Locked<Set<CInt>>([])
    private let maxConnections: Int

    init(_ options: ServerOptions) throws(SystemCallError) {
        listener = try Listener(host: options.host, port: options.port, isBlocking: true)
        store = Locked(KeyValueStore(options, port: listener.port))
        maxConnections = options.maxConnections
        StopSignal.handle(stopping: listener)
        ServerProgram.announce(options, port: listener.port)
    }

    /// Serves until a signal asks the server to exit.
    func run() throws(SystemCallError) {
        try acceptConnections()
        endConnections()
        ServerProgram.end(requests: store.withLock { $0.requestCount })
    }

    private func acceptConnections() throws(SystemCallError) {
        while true {
            switch try listener.accept() {
            case .connection(let descriptor): admit(descriptor)
            case .noConnection: continue
            case .outOfResources: Clock.pause()
            case .stopped: return
            }
        }
    }

    /// Gives a new connection a thread, or rejects it if there is no room for it.
    private func admit(_ descriptor: consuming FileDescriptor) {
        let number = descriptor.rawValue
        // Checked and added under one lock. `inserted` is always true: a number leaves the set before it is free.
        let isAdmitted = connections.withLock { $0.count < maxConnections && $0.insert(number).inserted }
        guard isAdmitted else { return descriptor.reject(Connection.wireProtocol) }
        // The descriptor comes back if no thread could be started.
        if let rejected = Thread.start(with: descriptor, { self.serve($0) }) {
            connections.withLock { _ = $0.remove(number) }
            rejected.reject(Connection.wireProtocol)
        }
    }

    /// Serves one client until it leaves.
    private func serve(_ descriptor: consuming FileDescriptor) {
        let number = descriptor.rawValue
        var connection = Connection(descriptor, of: self)
        connection.serve()
        // Before closing: the kernel may give the number to the next connection at once.
        connections.withLock { _ = $0.remove(number) }
        connection.close()
    }

    /// Ends reading on every connection, so that its thread finishes what it is doing, and waits a while for that.
    private func endConnections() {
        connections.withLock { for number in $0 { FileDescriptor.endReading(number) } }
        let deadline = Clock.monotonic + StopSignal.gracePeriod
        while Clock.monotonic < deadline, connections.withLock({ !$0.isEmpty }) { Clock.pause() }
    }

    /// Executes one request. The store is told the time first, because keys expire.
    func execute(_ input: inout RequestBuffer, for session: inout Session, into output: inout ReplyBuffer) {
        store.withLock { store in
            store.advance(to: Clock.realTime)
            store.execute(&input, for: &session, into: &output)
        }
    }
}
