// Which clients are served, and when: at any time, as many clients as there are threads.

import Shared

/// Accepts connections and owns the store.
final class Server: Sendable {
    private let listener: Listener
    private let store: Locked<KeyValueStore>
    /// The descriptor numbers of all connections, to end them when the server exits.
    private let connections = Locked<Set<CInt>>([])
    private let workers: Int

    init(_ options: ServerOptions) throws(SystemCallError) {
        listener = try Listener(host: options.host, port: options.port, isBlocking: true)
        store = Locked(KeyValueStore(options, port: listener.port))
        workers = options.workers
        StopSignal.handle(stopping: listener)
        ServerProgram.announce(options, port: listener.port)
    }

    /// Serves until a signal asks the server to exit.
    func run() throws(SystemCallError) {
        for _ in 0..<workers { try Thread.start { self.work() } }
        // The main thread is not a worker, because a worker blocked by its client would not notice the signal.
        StopSignal.wait()
        endConnections()
        ServerProgram.end(requests: store.withLock { $0.requestCount })
    }

    /// What each worker does: the whole server of stage 1.
    private func work() {
        do throws(SystemCallError) {
            try acceptConnections()
        } catch {
            ServerProgram.fail("Pool", error)
        }
    }

    private func acceptConnections() throws(SystemCallError) {
        while true {
            switch try listener.accept() {
            case .connection(let descriptor): serve(descriptor)
            case .noConnection: continue
            case .outOfResources: Clock.pause()
            case .stopped: return
            }
        }
    }

    /// Serves one client until it leaves.
    private func serve(_ descriptor: consuming FileDescriptor) {
        let number = descriptor.rawValue
        connections.withLock { _ = $0.insert(number) }
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
