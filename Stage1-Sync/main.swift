// Stage 1: one client at a time.
//
// The idea: wait for a client, read a request, write the reply, and so on until the client leaves; then wait for the
// next one. Every call blocks until it is done, so the program reads like a description of the protocol.
//
// What breaks: while one client is served, the next one is connected (the kernel does that, see `Listener`) and is
// not answered, even if the first only sits there and thinks. Stage 2 gives each client a thread.
//
// Read first: `Connection.serve`, then `receiveRequest`, then `readFull` in Shared/System/BlockingIO.swift.

import Shared

ServerProgram.run("Stage1-Sync") { options throws(SystemCallError) in
    try Server(options).run()
}

/// Accepts connections and owns the store.
final class Server {
    private let options: ServerOptions
    private let listener: Listener
    private var store: KeyValueStore

    init(_ options: ServerOptions) throws(SystemCallError) {
        self.options = options
        listener = try Listener(options, isBlocking: true)
        store = KeyValueStore(options: options, port: listener.port)
        StopSignal.handle(stopping: listener)
        ServerProgram.announce(options, port: listener.port)
    }

    /// Serves until a signal asks to end.
    func run() throws(SystemCallError) {
        try acceptConnections()
        ServerProgram.printSummary(requests: store.requestCount)
    }

    private func acceptConnections() throws(SystemCallError) {
        while true {
            switch try listener.accept() {
            case .connection(let descriptor): serve(descriptor)
            case .nobody: continue
            case .outOfResources: Clock.pause()
            case .stopped: return
            }
        }
    }

    /// Serves one client to the end. Its descriptor is closed when `connection`, which owns it, goes away.
    private func serve(_ descriptor: consuming FileDescriptor) {
        let number = descriptor.number
        var connection = Connection(descriptor, of: self)
        StopSignal.interrupting(number) { connection.serve() }
    }

    /// Executes one request.
    func execute(
        _ requests: inout Requests, in buffer: borrowing ByteBuffer, for session: inout Session,
        replies: inout Replies
    ) {
        store.advance(to: Clock.realTime)
        store.execute(&requests, in: buffer, for: &session, replies: &replies)
    }
}

/// One client.
struct Connection: ~Copyable {
    private let descriptor: FileDescriptor
    private let server: Server
    /// What the commands remember of this client.
    private var session = Session()
    /// What has arrived, and is not executed.
    private var incoming = ByteBuffer()
    /// Where in `incoming` the arguments of each decoded request lie.
    private var requests = Requests()
    /// What is not sent yet.
    private var outgoing = Replies(encoding: .lengthPrefixed)

    init(_ descriptor: consuming FileDescriptor, of server: Server) {
        self.descriptor = descriptor
        self.server = server
    }

    /// Answers one request after the other, until the client leaves or breaks the protocol.
    mutating func serve() {
        do throws(SystemCallError) {
            while try receiveRequest() {
                server.execute(&requests, in: incoming, for: &session, replies: &outgoing)
                incoming.consume(requests.removeExecuted())
                try descriptor.writeAll(from: &outgoing.buffer)
                if session.isEnding { break }
            }
            descriptor.discardInput()
        } catch {
            // The client has gone without saying so (ECONNRESET, EPIPE), or has stopped reading. That is its own affair.
        }
    }

    /// Reads one whole request, however many pieces it comes in.
    ///
    /// - Returns: false when there is none: the client has left, or what it sent is no request.
    private mutating func receiveRequest() throws(SystemCallError) -> Bool {
        while true {
            switch LengthPrefixedCodec.decode(incoming, into: &requests) {
            case .complete:
                return true
            case .incomplete(let needed):
                // First the length, which says how long the rest is, then the rest.
                guard try descriptor.readFull(into: &incoming, until: needed) == .complete else { return false }
            case .malformed(let error):
                outgoing.append(error)
                try descriptor.writeAll(from: &outgoing.buffer)
                return false
            }
        }
    }
}
