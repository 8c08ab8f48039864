// Which clients are served, and when: one thread goes round all that are ready. One round is a turn.

import Shared

/// Accepts connections, owns the store, and goes from one ready connection to the next.
struct Server: ~Copyable {
    private let options: ServerOptions
    private let listener: Listener
    private var poller: Poller
    private var store: KeyValueStore
    /// Indexed by descriptor number. The kernel hands out the lowest free number, so the array stays dense.
    private var connections: [Box<Connection>?] = []
    private var connectionCount = 0
    /// Connections that used up their budget in this turn. The next turn serves them, and does not wait for an event.
    private var unfinished: [CInt] = []
    private var activity = ActivityList()
    private var isAccepting = true

    /// A bound, so that a burst of new connections does not hold up the clients that are being served.
    private static let maxAcceptsPerTurn = 64
    /// Milliseconds between attempts to accept without a descriptor: short for a client, and hardly any load.
    private static let acceptRetryInterval: Int64 = 100

    init(_ options: ServerOptions) throws(SystemCallError) {
        let listener = try Listener(host: options.host, port: options.port, isBlocking: false)
        var poller = try Poller()
        try poller.add(listener.descriptor.rawValue, .read)
        StopSignal.handle(stopping: listener)
        ServerProgram.announce(options, port: listener.port)
        self.options = options
        store = KeyValueStore(options, port: listener.port)
        self.listener = listener
        self.poller = poller
    }

    /// Serves until a signal asks the server to exit. One turn: wait, then do what can be done now.
    mutating func run() throws(SystemCallError) {
        while !StopSignal.isRaised {
            let start = Clock.monotonic
            let events = try poller.wait(atMost: unfinished.isEmpty ? timeToNextTask : 0)
            store.advance(to: Clock.realTime)
            let resumed = unfinished
            unfinished = []
            // Without a free descriptor the listener is not watched, so it is tried every turn.
            var hasNewConnections = !isAccepting
            // The signal counts at once: a turn of a hundred busy clients can last most of a second.
            for event in events where !StopSignal.isRaised {
                if event.descriptor == listener.descriptor.rawValue {
                    hasNewConnections = true
                } else if connections[Int(event.descriptor)]?.value.isUnfinished == false {
                    // The unfinished are resumed below: they answer what they have before they read more.
                    serve(event)
                }
            }
            for number in resumed where !StopSignal.isRaised { serve(Event(descriptor: number, isReadable: false)) }
            // Last: a new connection may get the number of one that was closed in this turn, but must not get its event.
            if hasNewConnections { try acceptConnections() }
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

    private mutating func acceptConnections() throws(SystemCallError) {
        for _ in 0..<Self.maxAcceptsPerTurn {
            switch try listener.accept() {
            case .connection(let descriptor):
                setAccepting(true)
                admit(descriptor)
            case .noConnection: return setAccepting(true)
            // The listener stays readable: watching it would bring us straight back here, for nothing.
            case .outOfResources: return setAccepting(false)
            case .stopped: return
            }
        }
    }

    /// Watches the listener, or stops watching it.
    private mutating func setAccepting(_ isOn: Bool) {
        do {
            try poller.update(listener.descriptor.rawValue, isOn ? .read : [])
            isAccepting = isOn
        } catch {
            // The kernel has no memory for the change. The next turn tries again.
        }
    }

    /// Starts to serve a new connection, or rejects it if there is no room for it.
    private mutating func admit(_ descriptor: consuming FileDescriptor) {
        let number = descriptor.rawValue
        guard connectionCount < options.maxConnections, (try? poller.add(number, .read)) != nil else {
            return descriptor.reject(Connection.wireProtocol)
        }
        while connections.count <= Int(number) { connections.append(nil) }
        connections[Int(number)] = Box(Connection(descriptor))
        connectionCount += 1
        noteActivity(number)
    }

    /// Lets a connection do what it can do now, and notes what it then waits for.
    private mutating func serve(_ event: Event) {
        guard let connection = connections[Int(event.descriptor)] else { return }
        noteActivity(event.descriptor)
        do {
            guard let interest = try respond(to: event, &connection.value) else { return close(event.descriptor) }
            try poller.update(event.descriptor, interest)
            if connection.value.isUnfinished { unfinished.append(event.descriptor) }
        } catch {
            // The client is gone (ECONNRESET, EPIPE); or the kernel has no memory to watch it, and no event would come.
            close(event.descriptor)
        }
    }

    /// Reads, executes and writes, none of which waits.
    ///
    /// - Returns: what to wait for; nil for the connection to be closed.
    private mutating func respond(to event: Event, _ client: inout Connection) throws(SystemCallError) -> Interest? {
        var budget = TurnBudget()
        if event.isReadable { try client.receive() }
        // What has been read raises no new event: the requests left in it must not be forgotten.
        repeat {
            client.execute(&store, within: &budget)
            try client.send()
        } while client.isUnfinished && !budget.isSpent
        return client.interest
    }

    private mutating func close(_ number: CInt) {
        // Before closing: a number that is closed but still watched may soon be another connection's.
        poller.remove(number)
        activity.remove(number)
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
        poller.remove(listener.descriptor.rawValue)
        for case (let number, let connection?) in connections.enumerated() {
            connection.value.endInput()
            serve(Event(descriptor: CInt(number), isReadable: false))
        }
        let deadline = Clock.monotonic + StopSignal.gracePeriod
        while connectionCount > 0 {
            let time = deadline - Clock.monotonic
            if time <= 0 { return }
            for event in try poller.wait(atMost: time) { serve(event) }
        }
    }
}
