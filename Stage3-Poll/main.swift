// Stage 3: one thread for all clients, with poll.
//
// The idea: never wait for one client. Descriptors are non-blocking; one call, `poll`, waits for all of them at once
// and tells which can be read or written now. Where a client stands (waiting for the rest of its request, waiting
// for room to send) was a place on a thread's stack; here it is a state, in `Connection`.
//
// What breaks: the whole list of descriptors goes to the kernel and is searched at each turn, so a server with ten
// thousand idle clients works for all of them whenever one speaks. Stage 4 leaves the list in the kernel.
//
// Read first: `Server.run` here, then `Connection.respond`, then `Poller.wait`.

import Shared

ServerProgram.run("Stage3-Poll", [.idleTimeout]) { options throws(SystemCallError) in
    var server = try Server(options)
    try server.run()
}

/// Accepts connections, owns the store, and turns from one ready connection to the next.
struct Server: ~Copyable {
    private let options: ServerOptions
    private let listener: Listener
    private var poller: Poller
    private var store: KeyValueStore
    /// By descriptor number. The kernel always gives the lowest one that is free, so the array stays dense.
    private var connections: [Slot?] = []
    private var connectionCount = 0
    private var activity = ActivityList()
    private var isAccepting = true

    /// Newcomers taken in one turn, so that a burst of them does not hold up those who are being served.
    private static let newcomersPerTurn = 64
    /// Milliseconds between two attempts to accept while no descriptor is free: short for a client, and no load.
    private static let acceptRetryInterval: Int64 = 100

    init(_ options: ServerOptions) throws(SystemCallError) {
        let listener = try Listener(options, isBlocking: false)
        var poller = try Poller()
        try poller.add(listener.descriptor.number, .read)
        StopSignal.handle(stopping: listener)
        ServerProgram.announce(options, port: listener.port)
        self.options = options
        store = KeyValueStore(options: options, port: listener.port)
        self.listener = listener
        self.poller = poller
    }

    /// Serves until a signal asks to end. One turn: wait, then do what can be done now.
    mutating func run() throws(SystemCallError) {
        while !StopSignal.isRaised {
            let start = Clock.monotonic
            let events = try poller.wait(atMost: timeToNextTask)
            store.advance(to: Clock.realTime)
            // A listener that is not watched, for want of descriptors, is tried again at each turn.
            var hasNewcomers = !isAccepting
            for event in events {
                if event.descriptor == listener.descriptor.number {
                    hasNewcomers = true
                } else {
                    serve(event)
                }
            }
            // Last: a newcomer may get the number of a connection that was closed in this turn, and must not get its
            // events.
            if hasNewcomers { try acceptConnections() }
            closeIdleConnections(at: start)
        }
        try endConnections()
        ServerProgram.printSummary(requests: store.requestCount)
    }

    /// How long to wait when nothing can be done, in milliseconds; nil for ever.
    private var timeToNextTask: Int64? {
        var time = store.timeToNextRound ?? .max
        if !isAccepting { time = min(time, Self.acceptRetryInterval) }
        if let oldest = activity.oldest { time = min(time, max(0, oldest.time + idleLimit - Clock.monotonic)) }
        return time == .max ? nil : time
    }

    private var idleLimit: Int64 { Int64(options.idleTimeout) * 1000 }

    private mutating func acceptConnections() throws(SystemCallError) {
        for _ in 0..<Self.newcomersPerTurn {
            switch try listener.accept() {
            case .connection(let descriptor):
                setAccepting(true)
                admit(descriptor)
            case .nobody: return setAccepting(true)
            // The listener stays readable: watching it would bring us back here at once, for nothing.
            case .outOfResources: return setAccepting(false)
            case .stopped: return
            }
        }
    }

    /// Watches the listener, or stops doing so.
    private mutating func setAccepting(_ isOn: Bool) {
        if isOn == isAccepting { return }
        do throws(SystemCallError) {
            try poller.update(listener.descriptor.number, isOn ? .read : [])
            isAccepting = isOn
        } catch {
            // The kernel has no memory for that. The next turn tries again.
        }
    }

    /// Starts to serve a newcomer, or refuses it if there is no room for it.
    private mutating func admit(_ descriptor: consuming FileDescriptor) {
        let number = descriptor.number
        guard connectionCount < options.maxConnections, (try? poller.add(number, .read)) != nil else {
            return descriptor.refuse(encoding: Connection.encoding)
        }
        while connections.count <= Int(number) { connections.append(nil) }
        connections[Int(number)] = Slot(Connection(descriptor))
        connectionCount += 1
        noteActivity(number)
    }

    /// Lets a connection do what it can do now.
    private mutating func serve(_ event: Event) {
        guard let slot = connections[Int(event.descriptor)] else { return }
        noteActivity(event.descriptor)
        guard let interest = slot.connection.respond(to: event, &store) else { return close(event.descriptor) }
        if interest == slot.connection.interest { return }
        slot.connection.interest = interest
        do throws(SystemCallError) {
            try poller.update(event.descriptor, interest)
        } catch {
            close(event.descriptor)
        }
    }

    private mutating func close(_ number: CInt) {
        poller.remove(number)
        activity.remove(number)
        // The descriptor is closed here, with its owner.
        connections[Int(number)] = nil
        connectionCount -= 1
    }

    private mutating func noteActivity(_ number: CInt) {
        if options.idleTimeout > 0 { activity.touch(number, at: Clock.monotonic) }
    }

    /// Closes connections that have been silent for too long, as of the start of the turn: a request that has come since
    /// then is told of in the next one.
    private mutating func closeIdleConnections(at start: Int64) {
        while let oldest = activity.oldest, start - oldest.time >= idleLimit { close(oldest.descriptor) }
    }

    /// Reads nothing more, and sends the replies there are, as far as they are taken within the grace period.
    private mutating func endConnections() throws(SystemCallError) {
        poller.remove(listener.descriptor.number)
        for case (let number, let slot?) in connections.enumerated() {
            slot.connection.endInput()
            serve(Event(descriptor: CInt(number), isReadable: false, isWritable: true))
        }
        let deadline = Clock.monotonic + ServerProgram.gracePeriod
        while connectionCount > 0 {
            let time = deadline - Clock.monotonic
            if time <= 0 { return }
            for event in try poller.wait(atMost: time) { serve(event) }
        }
    }
}
