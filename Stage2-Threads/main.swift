// Stage 2: a thread for each client.
//
// The idea: the code that serves a client stays as it is, and every call in it blocks; but each client has a thread
// to block. While one waits for its client, the others run. They share the store, and so it has a lock.
//
// What breaks: each thread has a stack, and the kernel has to choose among them all. Ten thousand clients, most of
// them idle, are ten thousand threads. Stage 3 serves them all with one.
//
// Read first: `Server.admit`, then `Server.execute` for the lock. `Connection` is as it was in stage 1.

import Shared

ServerProgram.run("Stage2-Threads", [.workers, .idleTimeout]) { options throws(SystemCallError) in
    try Server(options).run()
}

/// Accepts connections and owns the store.
final class Server: Sendable {
    private let options: ServerOptions
    private let listener: Listener
    private let store: Locked<KeyValueStore>
    /// Every connection's descriptor number: to count them, and to end them when the server ends.
    private let connections = Locked<Set<CInt>>([])
    /// A thread here needs a few kilobytes. The usual 8 MB cost no memory, but where addresses are limited few would fit.
    private static let stackSize = 256 << 10

    init(_ options: ServerOptions) throws(SystemCallError) {
        self.options = options
        listener = try Listener(options, isBlocking: true)
        store = Locked(KeyValueStore(options: options, port: listener.port))
        StopSignal.handle(stopping: listener)
        ServerProgram.announce(options, port: listener.port)
    }

    /// Serves until a signal asks to end. With `--workers`, a few threads each do what stage 1 does, and a client
    /// waits only when all of them are busy.
    func run() throws(SystemCallError) {
        for _ in 0..<options.workers { try Thread.start(stackSize: Self.stackSize) { self.work() } }
        // A worker may be blocked by its client, where no signal wakes it. So the main thread is not one of them.
        if options.workers > 0 { StopSignal.wait() } else { try acceptConnections() }
        endConnections()
        ServerProgram.printSummary(requests: store.withLock { $0.requestCount })
    }

    private func acceptConnections() throws(SystemCallError) {
        while true {
            switch try listener.accept() {
            case .connection(let descriptor): admit(descriptor)
            case .nobody: continue
            case .outOfResources: Clock.pause()
            case .stopped: return
            }
        }
    }

    /// Serves a newcomer, in a thread of its own unless this is a worker; or refuses it, if there is no room for it.
    private func admit(_ descriptor: consuming FileDescriptor) {
        let isAdmitted = connections.withLock { connections in
            if connections.count >= options.maxConnections { return false }
            return connections.insert(descriptor.number).inserted
        }
        guard isAdmitted else { return descriptor.refuse(encoding: .lengthPrefixed) }
        if options.idleTimeout > 0 { try? descriptor.setTimeout(seconds: options.idleTimeout) }
        if options.workers > 0 { return serve(descriptor) }
        // A closure may be called twice, so it cannot own a descriptor: it takes the number along.
        let number = descriptor.release()
        do throws(SystemCallError) {
            try Thread.start(stackSize: Self.stackSize) { self.serve(FileDescriptor(owning: number)) }
        } catch {
            _ = connections.withLock { $0.remove(number) }
            FileDescriptor(owning: number).refuse(encoding: .lengthPrefixed)
        }
    }

    /// A worker: what is the whole server in stage 1.
    private func work() {
        do throws(SystemCallError) { try acceptConnections() } catch { ServerProgram.fail(options, error) }
    }

    /// Serves one client to the end. Its descriptor is closed when `connection`, which owns it, goes away.
    private func serve(_ descriptor: consuming FileDescriptor) {
        let number = descriptor.number
        var connection = Connection(descriptor, of: self)
        connection.serve()
        // Off the list first; closed after, with its owner: the kernel gives the number to the next connection at once.
        _ = connections.withLock { $0.remove(number) }
        extendLifetime(connection)
    }

    /// Ends reading on every connection, so that its thread finishes what it is doing, and waits for that a while.
    private func endConnections() {
        connections.withLock { for number in $0 { FileDescriptor.endReading(number) } }
        let deadline = Clock.monotonic + ServerProgram.gracePeriod
        while Clock.monotonic < deadline, connections.withLock({ !$0.isEmpty }) { Clock.pause() }
    }

    /// Executes one request.
    func execute(
        _ requests: inout Requests, in buffer: borrowing ByteBuffer, for session: inout Session,
        replies: inout Replies
    ) {
        store.withLock { store in
            store.advance(to: Clock.realTime)
            store.execute(&requests, in: buffer, for: &session, replies: &replies)
        }
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
