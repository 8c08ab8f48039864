// Which clients are served, and when: one after another.

import Shared

/// Accepts connections and owns the store.
final class Server {
    private let listener: Listener
    private var store: KeyValueStore

    init(_ options: ServerOptions) throws(SystemCallError) {
        listener = try Listener(host: options.host, port: options.port, isBlocking: true)
        store = KeyValueStore(options, port: listener.port)
        StopSignal.handle(stopping: listener)
        ServerProgram.announce(options, port: listener.port)
    }

    /// Serves until a signal asks the server to exit.
    func run() throws(SystemCallError) {
        try acceptConnections()
        ServerProgram.end(requests: store.requestCount)
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
        // Otherwise the server could not exit while it waits for this client.
        BlockedClient.endReadingOnStopSignal(descriptor)
        var connection = Connection(descriptor, of: self)
        connection.serve()
        connection.close()
    }

    /// Executes one request. The store is told the time first, because keys expire.
    func execute(_ input: inout RequestBuffer, for session: inout Session, into output: inout ReplyBuffer) {
        store.advance(to: Clock.realTime)
        store.execute(&input, for: &session, into: &output)
    }
}
