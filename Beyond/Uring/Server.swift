// Which clients are served, and when: one thread goes round all that are ready. One round is a turn.

import Shared

/// Accepts connections, owns the store, and goes from one ready connection to the next.
struct Server: ~Copyable {
    private let options: ServerOptions
    private let listener: Listener
    private var ring: Ring
    private var store: KeyValueStore
    /// Indexed by descriptor number. The kernel hands out the lowest free number, so the array stays dense.
    private var connections: [Box<Connection>?] = []
    private var connectionCount = 0
    /// Connections for which something has completed, or that used up their budget in this turn.
    private var ready: [CInt] = []
    private var activity = ActivityList()
    private var isAccepting = false
    /// Not before this.
    private var acceptTime: Int64 = 0

    /// Milliseconds between attempts to accept without a descriptor: short for a client, and hardly any load.
    private static let acceptRetryInterval: Int64 = 100

    init(_ options: ServerOptions) throws(SystemCallError) {
        let listener = try Listener(host: options.host, port: options.port, isBlocking: true)
        let ring = try Ring(entries: options.ringEntries, bufferCount: options.buffers)
        StopSignal.handle(stopping: listener)
        ServerProgram.announce(options, port: listener.port)
        self.options = options
        store = KeyValueStore(options, port: listener.port)
        self.listener = listener
        self.ring = ring
    }

    /// Serves until a signal asks the server to exit. One turn: wait, then do what can be done now.
    mutating func run() throws(SystemCallError) {
        while !StopSignal.isRaised {
            let start = Clock.monotonic
            if !isAccepting && start >= acceptTime { startAccepting() }
            let completions = try ring.wait(atMost: ready.isEmpty ? timeToNextTask : 0)
            store.advance(to: Clock.realTime)
            for completion in completions { try note(completion) }
            // The signal counts at once: a turn of a hundred busy clients can last most of a second.
            let count = ready.count
            for index in 0..<count where !StopSignal.isRaised { serve(ready[index]) }
            ready.removeFirst(count)
            closeIdleConnections(at: start)
        }
        try endConnections()
        ServerProgram.end(requests: store.requestCount)
    }

    /// How long to wait when nothing is ready, in milliseconds; nil for ever.
    private var timeToNextTask: Int64? {
        var time = store.timeToNextRound ?? .max
        if !isAccepting { time = min(time, Self.acceptRetryInterval) }
        if let oldest = activity.oldest { time = min(time, max(0, oldest.time + idleLimit - Clock.monotonic)) }
        return time == .max ? nil : time
    }

    private var idleLimit: Int64 { Int64(options.idleTimeout) * 1000 }

    private mutating func startAccepting() {
        ring.accept(on: listener.descriptor.rawValue)
        isAccepting = true
    }

    private mutating func acceptConnection(_ completion: Completion) throws(SystemCallError) {
        // It goes on by itself. Whatever has ended it: without this, nobody would be let in any more.
        if !completion.hasMore { isAccepting = false }
        switch try Listener.result(completion.result) {
        case .connection(let descriptor): if !StopSignal.isRaised { admit(descriptor) }
        case .noConnection: return
        // It would fail again at once, and so bring us straight back here, for nothing.
        case .outOfResources: acceptTime = Clock.monotonic + Self.acceptRetryInterval
        case .stopped: return
        }
    }

    /// Starts to serve a new connection, or rejects it if there is no room for it.
    private mutating func admit(_ descriptor: consuming FileDescriptor) {
        let number = descriptor.rawValue
        guard connectionCount < options.maxConnections else { return descriptor.reject(Connection.wireProtocol) }
        while connections.count <= Int(number) { connections.append(nil) }
        connections[Int(number)] = Box(Connection(descriptor))
        connectionCount += 1
        ring.watch(number)
        noteActivity(number)
        makeReady(number)
    }

    /// Takes note of what has completed. A connection is served once in a turn, however much that was.
    private mutating func note(_ completion: Completion) throws(SystemCallError) {
        if completion.operation == .accept { return try acceptConnection(completion) }
        guard let connection = connections[Int(completion.descriptor)] else { return }
        do {
            switch completion.operation {
            case .receive: try connection.value.received(completion, &ring)
            case .send: try connection.value.sent(completion, &ring)
            default: break
            }
            if connection.value.isClosing { return close(completion.descriptor) }
            makeReady(completion.descriptor)
        } catch {
            // The client is gone (ECONNRESET, EPIPE).
            close(completion.descriptor)
        }
    }

    private mutating func makeReady(_ number: CInt) {
        guard let connection = connections[Int(number)], !connection.value.isReady else { return }
        connection.value.isReady = true
        ready.append(number)
    }

    /// Lets a connection do what it can do now.
    private mutating func serve(_ number: CInt) {
        guard let connection = connections[Int(number)], !connection.value.isClosing else { return }
        noteActivity(number)
        connection.value.isReady = false
        respond(&connection.value)
        if connection.value.isDone { return close(number) }
        if connection.value.isUnfinished { makeReady(number) }
    }

    /// Executes, and has the kernel send and receive, none of which waits.
    private mutating func respond(_ client: inout Connection) {
        var budget = TurnBudget()
        // What has been read raises no new event: the requests left in it must not be forgotten.
        client.execute(&store, within: &budget)
        client.send(&ring)
        client.receive(&ring)
    }

    private mutating func close(_ number: CInt) {
        activity.remove(number)
        // Before closing: the number may soon be another connection's, and must not get its completions; and the kernel
        // would send from memory that is another's by then. The last completion brings us back here.
        if connections[Int(number)]?.value.cancel(&ring) == true { return }
        connections[Int(number)] = nil
        connectionCount -= 1
    }

    private mutating func noteActivity(_ number: CInt) {
        if options.idleTimeout > 0 { activity.touch(number, at: Clock.monotonic) }
    }

    /// Closes connections that have been silent for too long, as of the start of the turn: what has arrived since then
    /// is an event of the next turn.
    private mutating func closeIdleConnections(at start: Int64) {
        while let silent = activity.nextSilent(since: start - idleLimit) { close(silent) }
    }

    /// Reads nothing more, and sends the replies that are left, as far as clients take them within the grace period.
    private mutating func endConnections() throws(SystemCallError) {
        for case (let number, let connection?) in connections.enumerated() {
            connection.value.endInput()
            serve(CInt(number))
        }
        let deadline = Clock.monotonic + StopSignal.gracePeriod
        while connectionCount > 0 {
            let time = deadline - Clock.monotonic
            if time <= 0 { return }
            for completion in try ring.wait(atMost: time) { try note(completion) }
            while let number = ready.popLast() { serve(number) }
        }
    }
}
