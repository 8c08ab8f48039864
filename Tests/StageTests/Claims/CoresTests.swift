// Beyond stage 5: a loop for each core.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

@Suite("Cores", .serialized, .waits) struct CoresTests {
    private let stage = Stage.cores

    // MARK: What it has in common with the stages

    /// With one loop it is stage 5, all of it: one thread, and a lock for which nobody waits.
    @Test(arguments: Contract.clauses(of: .pipelining))
    func oneLoop(_ clause: Contract.Clause) throws {
        try Loops.$count.withValue(1) { try clause.check(stage) }
    }

    /// With several, a client cannot tell. What is counted of one thread, or compared within one turn, is left out.
    @Test(arguments: Contract.clauses(of: .cores)) func severalLoops(_ clause: Contract.Clause) throws {
        try Loops.$count.withValue(3) { try clause.check(stage) }
    }

    @Test(arguments: [1, 2]) func itPipelinesLikeStage5(_ loops: Int) throws {
        let claims = Stage5Tests(stage: stage)
        try Loops.$count.withValue(loops) {
            try claims.sixteenPipelinedRequestsCostOneReadAndOneWrite()
            try claims.whatIsCompleteIsAnsweredAtOnce()
            try claims.pipelinesOfSeveralClientsDoNotMix()
        }
    }

    @Test(.withoutSanitizer("a full read then takes longer than a turn"), arguments: [1, 2])
    func aFullReadCostsOneWrite(_ loops: Int) throws {
        try Loops.$count.withValue(loops) { try Stage5Tests(stage: stage).aFullReadCostsOneWrite() }
    }

    // MARK: The loops

    @Test(arguments: [2, 5]) func eachLoopIsAThread(_ loops: Int) throws {
        try withServer(stage, ["--loops", "\(loops)"]) { server in
            try server.untilThreads(loops)
            let clients = try server.servedClients(50)
            try server.untilThreads(loops)
            extendLifetime(clients)
        }
    }

    /// Without the option there are as many as processors, for which this process is a witness: it has the same.
    @Test func thereIsALoopForEachProcessor() throws {
        try withServer(stage) { server in
            let own = Processors.available
            let threads = try server.facts.threads
            #expect(threads == (own == 1 ? 1 : own + Sanitizer.threads))
        }
    }

    /// Stage 5 fails this, as it has one thread: several read and write, each for its own clients, and the end tells how
    /// many of them each had. Which client gets into which loop is the kernel's choice; that 64 of them all get into one
    /// will not be seen.
    @Test func connectionsAreSpreadOverTheLoops() throws {
        let (clientCount, asked) = (64, 5)
        try withServer(stage, ["--loops", "2"]) { server in
            let clients = try server.servedClients(clientCount)
            // A call is counted when it returns, which is after the client has its reply.
            try server.untilAsleep()
            let before = server.callsByThread()
            for client in clients { for _ in 0..<asked { #expect(try client.ask("PING") == stage.pong) } }
            try server.untilAsleep()
            let after = server.callsByThread()
            let calls = after.map { thread, calls in calls - (before[thread] ?? 0) }.filter { $0 > 0 }
            #expect(calls.count == 2, "system calls by thread: \(calls)")
            let summary = try Summary(ending: server)
            let connections = summary.connectionsByLoop
            #expect(connections.count == 2 && connections.reduce(0, +) == clientCount, "\(summary.line)")
            // Each request was a read and a write, in the thread that has the client.
            #expect(calls.sorted() == connections.map { $0 * asked * 2 }.sorted(), "\(summary.line); \(calls)")
        }
    }

    @Test func aCommandOnManyKeysIsOneStepForAllLoops() throws {
        try withServer(stage, ["--loops", "2"]) { server in
            try Contract.manyKeysAtOnce(stage, try server.clientsInTwoLoops(stage))
        }
    }

    // MARK: What goes over all of them

    @Test func theLimitOfConnectionsIsForAllLoopsTogether() throws {
        let limit = 10
        try withServer(stage, ["--loops", "4", "--max-connections", "\(limit)"]) { server in
            var clients = try server.servedClients(limit)
            for _ in 0..<20 {
                let rejected = try server.newClient()
                #expect(try rejected.receive() == .error("ERR max number of clients reached"))
                try rejected.expectEnd()
            }
            let info = try #require(try clients[0].ask("INFO").text)
            #expect(info.contains("connected_clients:\(limit)\r\n") && info.contains("rejected_connections:20\r\n"))
            clients.removeLast().close()
            try server.untilRoom()
        }
    }

    @Test(arguments: [SIGTERM, SIGINT]) func itEndsThoughAllLoopsAreBusy(_ signal: CInt) throws {
        try withServer(stage, ["--loops", "3"]) { server in
            let clients = try (0..<24).map { _ in try server.newClient() }
            for client in clients { #expect(try client.ask("SET n 0") == stage.ok) }
            let requests = (0..<20_000).flatMap { _ in "INCR n\r\n".bytes }
            for client in clients { client.sendInBackground(requests) }
            for client in clients { guard case .integer = try client.receive() else { throw GaveUp(what: "INCR") } }
            let summary = try Summary(ending: server, with: signal)
            #expect(summary.connectionsByLoop.reduce(0, +) == clients.count, "\(summary.line)")
            // All replies that were made are told of, and none came that was not: the counter has counted them.
            #expect(summary.requests > 2 * clients.count, "\(summary.line)")
        }
    }

    /// The client is in the loop that prints the last line, or in the other, which then is waited for.
    @Test(arguments: [0, 1]) func everyLoopSendsWhatItsClientsAreOwed(_ place: Int) throws {
        try HostileSuites.EndTests.expectWholeReply(stage, SIGTERM, ["--loops", "2"]) { server in
            try server.clientsInTwoLoops(stage)[place]
        }
    }

    /// Expired keys are looked for some times a second. The loops take no turns at that: one wakes, the others sleep on.
    @Test func oneLoopWakesForExpiredKeys() throws {
        try withServer(stage, ["--loops", "4"]) { server in
            let clients = try (0..<20).map { _ in try server.newClient() }
            for (index, client) in clients.enumerated() {
                #expect(try client.ask("SET \(index) v EX 1000") == stage.ok)
            }
            try server.untilAsleep()
            let before = server.sleepsByThread()
            var woken: [Int] = []
            try eventually("a loop has woken five times") {
                woken = server.sleepsByThread().map { thread, count in count - (before[thread] ?? 0) }.sorted()
                return woken.last! >= 5
            }
            // The thread sanitizer's own thread wakes as it likes.
            if !Sanitizer.isOn { #expect(woken.dropLast().allSatisfy { $0 == 0 }, "\(woken)") }
        }
    }

    /// With SO_REUSEPORT a second server could listen at the same port, and take half of the clients from the first.
    @Test func anotherServerIsNotLetIn() throws {
        try withServer(stage, ["--loops", "2"]) { server in
            let path = "\(ServerProcess.buildFolder)/\(stage.name)"
            let result = try TestProcess.run([path, "--port", "\(server.port)", "--loops", "2"])
            #expect(result.status == .exited(1) && result.output.contains("in use"), "\(result.output)")
        }
    }
}

extension ServerProcess {
    private func byThread(_ file: String, _ names: [String]) -> [String: Int] {
        let threads = ProcessFacts.threads(pid: pid).map { thread in
            let values = ProcessFacts.values("/proc/\(pid)/task/\(thread)/\(file)")
            return (thread, names.reduce(0) { $0 + (values[$1] ?? 0) })
        }
        return Dictionary(uniqueKeysWithValues: threads)
    }

    /// How many `read` and `write` calls each thread has made.
    fileprivate func callsByThread() -> [String: Int] { byThread("io", ["syscr", "syscw"]) }

    /// How often each thread has gone to sleep.
    fileprivate func sleepsByThread() -> [String: Int] { byThread("status", ["voluntary_ctxt_switches"]) }

    /// Two clients that two loops serve, the main one first. Which loop a client is in shows when it asks.
    fileprivate func clientsInTwoLoops(_ stage: Stage) throws -> [TestClient] {
        func thread(of client: TestClient) throws -> String? {
            try untilAsleep()
            let before = callsByThread()
            #expect(try client.ask("PING") == stage.pong)
            try untilAsleep()
            return callsByThread().first { $0.value != before[$0.key] }?.key
        }
        let first = try newClient()
        let (place, mainThread) = (try thread(of: first), "\(pid)")
        for _ in 0..<1000 {
            let second = try newClient()
            if try thread(of: second) != place { return place == mainThread ? [first, second] : [second, first] }
        }
        throw GaveUp(what: "a client in another loop")
    }
}
