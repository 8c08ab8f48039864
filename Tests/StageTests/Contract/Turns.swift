// For stages 3 to 5, where one thread turns from client to client, and for Cores, where several do: nobody may keep one.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

extension Contract {
    static let oneThreadClauses = [
        Clause("it has one thread", oneThread),
        Clause("a client that has sent thousands of requests gets a bounded share of a turn", fairness),
        Clause("a client whose requests take long does not keep a turn until the last of them", fairnessInTime),
        Clause("nor do many such clients hold up another one, or the end", fairnessAmongMany),
    ]
    static let turnClauses = [
        Clause("no turn is for nothing: the loop does not spin", everyTurnHasAReason),
        Clause(
            "a client that never reads costs a bounded amount of memory, and is answered when it reads", backpressure),
        Clause(CheckClause.restAfterHalfClose),
        Clause("an idle client holds no buffer", idleClientsHoldNoBuffer),
        Clause("the first byte of a request does not hold the buffer of the one before", beginningsHoldNoBuffer),
        Clause("expired keys are removed while no request arrives", expiresAlone),
        Clause("one client among 5,000 idle ones is answered", manyIdleConnections),
    ]

    private static func oneThread(_ stage: Stage) throws {
        try withServer(stage) { server in
            try server.expectService(stage)
            // The thread sanitizer has one of its own, and so has libkqueue.
            if !Sanitizer.isOn && stage != .kqueue { #expect(try server.facts.threads == 1) }
        }
    }

    /// Each time the loop wakes there is something to accept, to read or to write. Watching for room to send when there
    /// is nothing to send would wake it all the time.
    private static func everyTurnHasAReason(_ stage: Stage) throws {
        let value = [UInt8](repeating: 7, count: 8 << 20)
        try withServer(stage) { server in
            let (reader, sender, other) = (try server.newClient(), try server.newClient(), try server.newClient())
            reader.limitReceiveBuffer()
            #expect(try reader.call(["SET".bytes, "big".bytes, value]) == stage.ok)
            try reader.send("GET big")
            try sender.send(bytes: stage.encode("ECHO hello").prefix(7))
            for number in 1...100 { #expect(try other.ask("INCR n") == .integer(Int64(number))) }
            #expect(try reader.receive() == .string(value))
            sender.reset()
            for number in 101...200 { #expect(try other.ask("INCR n") == .integer(Int64(number))) }
            other.endSending()
            try other.expectEnd()
            try server.untilAsleep()
            let summary = try Summary(ending: server)
            #expect(summary.waits <= summary.reads + summary.writes + 10, "\(summary.line)")
        }
    }

    /// What one `read` asks for, in bytes: see RequestBuffer.
    private static let readSize = 16 << 10

    /// Two clients' requests are there when a turn begins, thousands of the one's and one of the other's; which is
    /// INFO, and so tells how many were executed before it. No more of them than one `read` brings, however much time a
    /// turn would allow.
    private static func fairness(_ stage: Stage) throws {
        let count = 6000
        let request = stage.wireProtocol == .lengthPrefixed ? stage.encode("PING") : "PING\r\n".bytes
        try withServer(stage) { server in
            let (greedy, modest) = (try server.newClient(), try server.newClient())
            #expect(try greedy.ask("PING") == stage.pong)
            let before = try executedRequests(modest)
            try server.untilAsleep()
            try server.pause()
            try greedy.send(bytes: (0..<count).flatMap { _ in request })
            try modest.send("INFO stats")
            server.resume()
            let info = try #require(try modest.receive().text)
            let between = try executedRequests(in: info) - before - 1
            #expect(between <= readSize / request.count, "\(between) requests of one client before one of another")
            for _ in 0..<count { #expect(try greedy.receive() == stage.pong) }
        }
    }

    /// One read brings hundreds of requests that each take thousands of times as long as a look at the clock.
    private static func fairnessInTime(_ stage: Stage) throws {
        let count = 500
        try withServer(stage) { server in
            let (greedy, modest) = (try server.newClient(), try server.newClient())
            #expect(try greedy.ask("PING") == stage.pong)
            let before = try executedRequests(modest)
            try server.untilAsleep()
            try server.pause()
            try greedy.send(bytes: (0..<count).flatMap { _ in stage.encode("INFO") })
            try modest.send("INFO stats")
            server.resume()
            let between = try executedRequests(in: try #require(try modest.receive().text)) - before - 1
            #expect(between < count, "all of one client's requests came before one of another")
            for _ in 0..<count { _ = try greedy.receive() }
        }
    }

    /// Each of twenty has as many requests here as one read brings, when the last client and then SIGTERM come: less
    /// than half of all are executed before the one, and no more than that before the other.
    private static func fairnessAmongMany(_ stage: Stage) throws {
        // A look at 500 keys: it takes longer than a look at the clock in any build, and has a short reply.
        let request = stage.encode("KEYS nothing")
        let count = readSize / request.count
        try withServer(stage) { server in
            let modest = try server.newClient()
            #expect(try modest.ask("MSET " + (0..<500).map { "key:\($0) value" }.joined(separator: " ")) == stage.ok)
            let greedy = try (0..<20).map { _ in try server.newClient() }
            #expect(try greedy[19].ask("PING") == stage.pong)
            let before = try executedRequests(modest)
            try server.untilAsleep()
            try server.pause()
            for client in greedy { try client.send(bytes: (0..<count).flatMap { _ in request }) }
            try modest.send("INFO stats")
            server.resume()
            let between = try executedRequests(in: try #require(try modest.receive().text)) - before - 1
            #expect(between < greedy.count * count / 2, "\(between) requests before one of another client")
            let summary = try Summary(ending: server)
            #expect(summary.requests < greedy.count * count / 2, "it went on before it ended: \(summary.line)")
        }
    }

    private static func executedRequests(_ client: TestClient) throws -> Int {
        try executedRequests(in: try #require(try client.ask("INFO stats").text))
    }

    private static func executedRequests(in info: String) throws -> Int {
        try number("total_commands_processed:", in: info)
    }

    private static func number(_ name: String, in info: String) throws -> Int {
        let line = try #require(info.split(separator: "\r\n").first { $0.hasPrefix(name) })
        return try #require(Int(line.dropFirst(name.count)))
    }

    /// Stages 3 and 4 hold one reply; beside that, a buffer of requests, and some room for what the allocator keeps.
    /// Stage 5 and Uring hold as many as ClientMemory allows, 160 MB of the 256 that are asked for.
    private static func backpressure(_ stage: Stage) throws {
        let isPipelining = stage.isPipelining
        let (count, size) = isPipelining ? (256, 1 << 20) : (1000, 32 << 10)
        let value = [UInt8](repeating: 7, count: size)
        let memoryBound = isPipelining ? 180 << 20 : 6 << 20
        let reply = stage.encodeReply(value)
        try withServer(stage) { server in
            let other = try server.newClient()
            #expect(try other.call(["SET".bytes, "big".bytes, value]) == stage.ok)
            #expect(try other.ask("STRLEN big") == .integer(Int64(value.count)))
            let memory = try server.facts.residentMemory
            let reader = try server.newClient()
            reader.limitReceiveBuffer()
            try reader.send(bytes: (0..<count).flatMap { _ in stage.encode("GET big") })
            // A hundred requests of another client are at least a hundred turns: whatever the server will do for the
            // first, it does meanwhile.
            for _ in 0..<100 { #expect(try other.ask("PING") == stage.pong) }
            let executed = try executedRequests(other)
            #expect(executed < 100 + count * 4 / 5, "\(executed) requests were executed, a hundred of them the other's")
            let growth = try server.facts.residentMemory - memory
            if !Sanitizer.prevents("memory", because: "a sanitizer keeps what was freed") {
                #expect(growth < memoryBound, "\(growth) bytes for a client that asked for much and does not read")
            }
            // No further byte is sent: what has arrived must be taken up when there is room, not when something comes.
            var answered = 0
            while answered < count, reader.receive(exactly: reply.count) == reply { answered += 1 }
            #expect(answered == count, "then it read, and got \(answered) of its replies")
            if answered == count { #expect(try reader.ask("PING") == stage.pong) }
        }
    }

    /// A buffer grows with the longest request. What ten thousand clients cost that were busy once, and are silent now,
    /// is what their empty buffers hold. Here it would be 40 MB.
    private static func idleClientsHoldNoBuffer(_ stage: Stage) throws {
        if Sanitizer.prevents("memory", because: "a sanitizer keeps what was freed") { return }
        // Below the size above which a buffer gives its memory back by itself.
        let (count, request) = (300, ["ECHO".bytes, [UInt8](repeating: 7, count: 40_000)])
        try withServer(stage) { server in
            let first = try server.newClient()
            #expect(try first.call(request) == .string(request[1]))
            let memory = try server.facts.residentMemory
            let idle = try (0..<count).map { _ in
                let client = try server.newClient()
                #expect(try client.call(request) == .string(request[1]))
                return client
            }
            try server.untilAsleep()
            let growth = try server.facts.residentMemory - memory
            #expect(growth < 4 << 20, "\(growth) bytes for \(idle.count) clients that have nothing in flight")
        }
    }

    private static func beginningsHoldNoBuffer(_ stage: Stage) throws {
        if Sanitizer.prevents("memory", because: "a sanitizer keeps what was freed") { return }
        let (count, value) = (100, [UInt8](repeating: 7, count: 1 << 20))
        let bytes = stage.encode(["SET".bytes, "k".bytes, value]) + stage.encode("PING").prefix(1)
        try withServer(stage) { server in
            let first = try server.newClient()
            #expect(try first.call(["SET".bytes, "k".bytes, value]) == stage.ok)
            let memory = try server.facts.residentMemory
            let clients = try (0..<count).map { _ in
                let client = try server.newClient()
                try client.send(bytes: bytes)
                #expect(try client.receive() == stage.ok)
                return client
            }
            try server.untilAsleep()
            let growth = try server.facts.residentMemory - memory
            #expect(growth < 16 << 20, "\(growth) bytes for \(clients.count) clients that have sent one byte")
        }
    }

    /// The first request that arrives has a bounded number of expired keys removed (400): if more are gone, the
    /// server did it by itself. When it had no time for that yet, it is given more.
    private static func expiresAlone(_ stage: Stage) throws {
        let (count, lifetime) = (2000, 50)
        try withServer(stage) { server in
            let client = try server.newClient()
            for attempt in 1...7 {
                let requests = (0..<count).flatMap { stage.encode("SET key:\($0) value PX \(lifetime)") }
                client.sendInBackground(requests)
                for _ in 0..<count { #expect(try client.receive() == stage.ok) }
                usleep(useconds_t(100_000 << attempt))
                guard case .integer(let left) = try client.ask("DBSIZE") else { throw GaveUp(what: "DBSIZE") }
                if left < count - 400 { return }
            }
            Issue.record("expired keys were removed only when a request arrived")
        }
    }

    /// One stage after the other: the descriptors are this process's too.
    private static let oneAtATime = Locked(())

    private static func manyIdleConnections(_ stage: Stage) throws {
        let count = max(10, min(5000, TestProcess.descriptorLimit - 1000))
        if count < 5000 { print("\(stage): only \(count) idle connections, for lack of descriptors") }
        try oneAtATime.withLock { _ in try askAmongIdle(stage, count) }
    }

    private static func askAmongIdle(_ stage: Stage, _ count: Int) throws {
        try withServer(stage) { server in
            let active = try server.newClient()
            var idle: [TestClient] = []
            for number in 1...count {
                idle.append(try server.newClient())
                if number % 50 == 0 { #expect(try active.ask("ECHO \(number)") == .string("\(number)")) }
            }
            for number in 1...200 { #expect(try active.ask("INCR n") == .integer(Int64(number))) }
            let info = try #require(try active.ask("INFO clients").text)
            #expect(info.contains("connected_clients:\(count + 1)\r\n"), "\(info)")
            // They are not only kept: one that speaks is answered.
            for client in [idle[0], idle[count / 2], idle[count - 1]] {
                #expect(try client.ask("PING") == stage.pong)
            }
        }
    }
}
