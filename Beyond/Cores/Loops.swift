// All loops together: what they share, and how they start and end.

import Shared

/// What the loops share. Each is a `Server`, which has all the rest to itself, and needs no lock for it.
final class Loops: Sendable {
    let options: ServerOptions
    private let port: Int
    private let shared: Locked<SharedStore>
    private let census: Locked<Census>

    private struct SharedStore: ~Copyable {
        var store: KeyValueStore
        /// The loop that wakes up for expired keys. Nobody has to while there are none that expire.
        var keeper: Int?
    }

    private struct Census {
        /// Connections that are open, in all loops.
        var open = 0
        /// Connections that were let in, by loop: the kernel decides which loop gets the next one.
        var admitted: [Int]
        /// Loops that were ready to serve, and those of them that have ended.
        var ready = 0
        var ended = 0
    }

    private init(_ options: ServerOptions, port: Int) {
        self.options = options
        self.port = port
        shared = Locked(SharedStore(store: KeyValueStore(options, port: port)))
        census = Locked(Census(admitted: Array(repeating: 0, count: options.loops)))
    }

    /// Serves until a signal asks the server to exit. The first loop has the thread that calls this, each other one a
    /// thread of its own.
    static func run(_ options: ServerOptions) throws(SystemCallError) {
        let first = try Listener(host: options.host, port: options.port, isBlocking: false)
        StopSignal.handle(stopping: first)
        let loops = Loops(options, port: first.port)
        for number in 1..<options.loops {
            let listener = try Listener(sharingPortOf: first, host: options.host)
            StopSignal.handle(stopping: listener)
            guard Thread.start(with: listener, { loops.runLoop(number, $0) }) == nil else { throw Thread.noRoom }
        }
        loops.runLoop(0, first)
        loops.end()
    }

    private func runLoop(_ number: Int, _ listener: consuming Listener) {
        do throws(SystemCallError) {
            var server = try Server(listener, number, of: self)
            // Not before the last: until then, the kernel deals connections out among fewer.
            let isLast = census.withLock { census in
                census.ready += 1
                return census.ready == options.loops
            }
            if isLast { ServerProgram.announce(options, port: port) }
            try server.run()
        } catch {
            ServerProgram.fail(options.stage, error)
        }
        census.withLock { $0.ended += 1 }
    }

    /// Waits for the other loops, which have the same grace period. Then one line tells about all of them.
    private func end() {
        while census.withLock({ $0.ended < options.loops }) { Clock.pause() }
        ServerProgram.end(
            requests: shared.withLock { $0.store.requestCount }, connectionsByLoop: census.withLock { $0.admitted })
    }

    /// Lends the store to one loop. What `body` does, all others may have to wait for: execute, and nothing else.
    func withStore(_ body: (inout KeyValueStore) -> Void) {
        shared.withLock { shared in
            shared.store.advance(to: Clock.realTime)
            body(&shared.store)
        }
    }

    /// How long a loop can wait until expired keys are to be removed, in milliseconds; nil for ever. The first that asks
    /// while keys expire becomes their keeper, and is asked to come back; all others can sleep on.
    func timeToNextRound(for loop: Int) -> Int64? {
        shared.withLock { shared in
            shared.store.advance(to: Clock.realTime)
            let time = shared.store.timeToNextRound
            if time != nil && shared.keeper == nil { shared.keeper = loop }
            guard shared.keeper == loop else { return nil }
            if time == nil { shared.keeper = nil }
            return time
        }
    }

    /// Lets one more connection into a loop, unless there are as many as may be in all of them.
    func admit(to loop: Int) -> Bool {
        census.withLock { census in
            if census.open >= options.maxConnections { return false }
            census.open += 1
            census.admitted[loop] += 1
            return true
        }
    }

    /// Makes room for another one.
    func connectionHasClosed() {
        census.withLock { $0.open -= 1 }
    }
}
