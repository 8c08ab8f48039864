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
        Clause(
            "an idle client holds no buffer", withoutSanitizer: "it keeps what was freed", idleClientsHoldNoBuffer),
        Clause(
            "the first byte of a request does not hold the buffer of the one before",
            withoutSanitizer: "it keeps what was freed", beginningsHoldNoBuffer),
        Clause("expired keys are removed while no request arrives", expiresAlone),
    ]

    private static func oneThread(_ server: ServerProcess, _ stage: Stage) throws {
        try server.expectService(stage)
        // The thread sanitizer has one of its own, and so has libkqueue.
        if !Sanitizer.isOn && stage != .kqueue { #expect(try server.facts.threads == 1) }
    }

    /// Each time the loop wakes there is something to accept, to read or to write. Watching for room to send when there
    /// is nothing to send would wake it all the time.
    private static func everyTurnHasAReason(_ server: ServerProcess, _ stage: Stage) throws {
        let (reader, sender, other) = (try server.newClient(), try server.newClient(), try server.newClient())
        let reply = try server.stall(reader, bytes: 8 << 20)
        try sender.send(bytes: stage.encode("ECHO hello").prefix(7))
        for number in 1...100 { #expect(try other.ask("INCR n") == .integer(Int64(number))) }
        #expect(try reader.receive() == reply)
        sender.reset()
        for number in 101...200 { #expect(try other.ask("INCR n") == .integer(Int64(number))) }
        other.endSending()
        try other.expectEnd()
        try server.untilAsleep()
        let summary = try Summary(ending: server)
        #expect(summary.waits <= summary.reads + summary.writes + 10, "\(summary.line)")
    }

    /// What one `read` asks for, in bytes: see RequestBuffer.
    private static let readSize = 16 << 10

    /// No more of a client's requests than one `read` brings come before another client's, however much time a turn would
    /// allow.
    private static func fairness(_ server: ServerProcess, _ stage: Stage) throws {
        let request = stage.wireProtocol == .lengthPrefixed ? stage.encode("PING") : "PING\r\n".bytes
        let greedy = [try server.newClient()]
        let between = try executedBetween(server, greedy, (0..<6000).flatMap { _ in request })
        #expect(between <= readSize / request.count, "\(between) requests of one client before one of another")
        for _ in 0..<6000 { #expect(try greedy[0].receive() == stage.pong) }
    }

    /// One read brings hundreds of requests that together take far longer than a turn may.
    private static func fairnessInTime(_ server: ServerProcess, _ stage: Stage) throws {
        let count = 500
        try storeKeys(2000, server, stage)
        let greedy = [try server.newClient()]
        let between = try executedBetween(server, greedy, (0..<count).flatMap { _ in stage.encode("KEYS nothing") })
        #expect(between < count, "all of one client's requests came before one of another")
        for _ in 0..<count { _ = try greedy[0].receive() }
    }

    /// Each of twenty has as many requests here as one read brings, when the last client and then SIGTERM come: less
    /// than half of all are executed before the one, and no more than that before the other.
    private static func fairnessAmongMany(_ server: ServerProcess, _ stage: Stage) throws {
        let request = stage.encode("KEYS nothing")
        let count = readSize / request.count
        try storeKeys(500, server, stage)
        let greedy = try (0..<20).map { _ in try server.newClient() }
        let between = try executedBetween(server, greedy, (0..<count).flatMap { _ in request })
        #expect(between < greedy.count * count / 2, "\(between) requests before one of another client")
        let summary = try Summary(ending: server)
        #expect(summary.requests < greedy.count * count / 2, "it went on before it ended: \(summary.line)")
    }

    /// For KEYS to look at: that takes longer than a look at the clock in any build, and has a short reply.
    private static func storeKeys(_ count: Int, _ server: ServerProcess, _ stage: Stage) throws {
        let client = try server.newClient()
        for start in stride(from: 0, to: count, by: 500) {
            let pairs = (start..<start + 500).map { "key:\($0) value" }.joined(separator: " ")
            #expect(try client.ask("MSET \(pairs)") == stage.ok)
        }
    }

    /// Thousands of requests of some clients and one of another, the modest one, are there when a turn begins. That one is
    /// INFO, and so tells how many were executed before it.
    private static func executedBetween(
        _ server: ServerProcess, _ greedy: [TestClient], _ requests: [UInt8]
    ) throws -> Int {
        let modest = try server.newClient()
        for client in greedy { _ = try client.ask("PING") }
        let before = try modest.info("total_commands_processed")
        try server.untilAsleep()
        try server.pause()
        for client in greedy { try client.send(bytes: requests) }
        try modest.send("INFO stats")
        server.resume()
        return try infoNumber("total_commands_processed", in: try modest.receive()) - before - 1
    }

    /// Stages 3 and 4 hold one reply; beside that, a buffer of requests, and some room for what the allocator keeps.
    /// Stage 5 and Uring hold as many as ClientMemory allows, 160 MB of the 256 that are asked for.
    private static func backpressure(_ server: ServerProcess, _ stage: Stage) throws {
        let isPipelining = stage.isPipelining
        let (count, size) = isPipelining ? (256, 1 << 20) : (1000, 32 << 10)
        let value = [UInt8](repeating: 7, count: size)
        let memoryBound = isPipelining ? 180 << 20 : 6 << 20
        let reply = stage.encodeReply(value)
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
        let executed = try other.info("total_commands_processed")
        #expect(executed < 100 + count * 4 / 5, "\(executed) requests were executed, a hundred of them the other's")
        let growth = try server.facts.residentMemory - memory
        // A sanitizer keeps what was freed.
        if !Sanitizer.isOn {
            #expect(growth < memoryBound, "\(growth) bytes for a client that asked for much and does not read")
        }
        // No further byte is sent: what has arrived must be taken up when there is room, not when something comes.
        var answered = 0
        while answered < count, reader.receive(exactly: reply.count) == reply { answered += 1 }
        #expect(answered == count, "then it read, and got \(answered) of its replies")
        if answered == count { #expect(try reader.ask("PING") == stage.pong) }
    }

    /// A buffer grows with the longest request. What ten thousand clients cost that were busy once, and are silent now,
    /// is what their empty buffers hold. Here it would be 40 MB.
    private static func idleClientsHoldNoBuffer(_ server: ServerProcess, _ stage: Stage) throws {
        // Below the size above which a buffer gives its memory back by itself.
        let value = [UInt8](repeating: 7, count: 40_000)
        let growth = try memory(of: 300, server, stage.encode(["ECHO".bytes, value]), .string(value))
        #expect(growth < 4 << 20, "\(growth) bytes for 300 clients that have nothing in flight")
    }

    private static func beginningsHoldNoBuffer(_ server: ServerProcess, _ stage: Stage) throws {
        let request = stage.encode(["SET".bytes, "k".bytes, [UInt8](repeating: 7, count: 1 << 20)])
        let growth = try memory(of: 100, server, request + stage.encode("PING").prefix(1), stage.ok)
        #expect(growth < 16 << 20, "\(growth) bytes for 100 clients that have sent one byte")
    }

    /// What so many clients cost beside a first one, when each has sent `bytes`, and has got its reply.
    private static func memory(of count: Int, _ server: ServerProcess, _ bytes: [UInt8], _ reply: Reply) throws -> Int {
        var (clients, before): ([TestClient], Int) = ([], 0)
        while clients.count <= count {
            clients.append(try server.newClient())
            try clients.last!.send(bytes: bytes)
            #expect(try clients.last!.receive() == reply)
            if clients.count == 1 { before = try server.facts.residentMemory }
        }
        try server.untilAsleep()
        return try withExtendedLifetime(clients) { try server.facts.residentMemory - before }
    }

    /// The first request that arrives has a bounded number of expired keys removed (400): if more are gone, the
    /// server did it by itself. When it had no time for that yet, it is given more.
    private static func expiresAlone(_ server: ServerProcess, _ stage: Stage) throws {
        let (count, lifetime) = (2000, 50)
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
