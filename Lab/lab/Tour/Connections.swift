// Experiment 3: what idle connections cost, and whether an active client among them feels it.

@preconcurrency import Glibc
import LabKit
import Shared

extension Tour {
    func runConnections() {
        // The lab needs a descriptor for each connection as well, and some for itself.
        let room = max(0, DescriptorLimit.raise() - 100)
        let counts = plan.idle.filter { $0 <= room }
        if counts.count < plan.idle.count {
            note("\(room) descriptors are allowed here, so no more idle connections than that (ulimit -n).")
        }
        for stage in options.stages {
            withServer(stage, ["--max-connections", "12000"]) { try measureConnections(stage, $0, counts) }
        }
        printConnections()
    }

    private func measureConnections(_ stage: Stage, _ server: ServerProcess, _ counts: [Int]) throws {
        let idle = IdleConnections(port: server.port)
        defer { idle.close() }
        let first = results.connections.count
        for count in counts {
            screen.progress("\(stage.title): \(Format.count(count)) idle connections")
            var result = ConnectionMeasurement(stage: stage, wanted: count, idle: count)
            result.remark = idle.open(upTo: count)
            // Stage 1 accepts one of them; the others stay with the kernel, and are none of the server's yet.
            let expected = stage.isConcurrent ? idle.count : min(1, idle.count)
            result.idle = waitUntilAccepted(expected, by: server)
            if stage.isConcurrent || count == 0 {
                try measureActiveClient(&result, server)
            } else {
                try showUnserved(&result, server, stage)
            }
            results.connections.append(result)
            // More of them would show the same again.
            if result.idle < idle.count || !result.isAnswered { return }
        }
        // Once more without them: what else the machine did meanwhile must not look like their doing.
        idle.close()
        Clock.wait(until: { server.openConnections == 0 })
        var again = ConnectionMeasurement(stage: stage, wanted: 0, idle: 0)
        try measureActiveClient(&again, server)
        results.connections[first].costs += again.costs
    }

    /// Waits until the server has taken so many connections, as long as it goes on taking any.
    ///
    /// - Returns: how many it has.
    private func waitUntilAccepted(_ count: Int, by server: ServerProcess) -> Int {
        var accepted = -1
        var deadline = Clock.monotonic
        while Clock.monotonic <= deadline {
            let now = server.openConnections
            if now >= count { return count }
            if now > accepted { deadline = Clock.monotonic + 3000 }
            accepted = max(accepted, now)
            usleep(2000)
        }
        return max(0, accepted)
    }

    private func measureActiveClient(_ result: inout ConnectionMeasurement, _ server: ServerProcess) throws {
        var client = try server.connect(timeout: 30)
        let request = "ECHO".bytes
        let text = "are you still there?".bytes
        for _ in 0..<20 { try check(client.call([request, text]), text) }
        guard let start = ProcessFacts(pid: server.pid) else { return }
        var last = start
        for round in 1...plan.mostRounds where round <= plan.rounds || !Spread(result.costs).isSteady {
            let (stopwatch, count) = (Stopwatch(), result.latency.count)
            while result.latency.count < count + 20 || stopwatch.seconds < plan.activeTime / Double(plan.rounds) {
                let before = stopwatch.microseconds
                try check(client.call([request, text]), text)
                result.latency.record(Int((stopwatch.microseconds - before) * 1000))
            }
            guard let now = ProcessFacts(pid: server.pid) else { return }
            result.costs.append(Double(now.cpuTime - last.cpuTime) / Double(result.latency.count - count))
            last = now
        }
        result.server = ServerWork(from: start, to: last)
    }

    func check(_ reply: Reply, _ expected: [UInt8]) throws {
        guard reply == .string(expected) else { throw LabError("wrong reply to ECHO: \(reply.summary)") }
    }

    /// Stage 1: an active client behind idle ones gets nothing, and that is the result.
    private func showUnserved(_ result: inout ConnectionMeasurement, _ server: ServerProcess, _ stage: Stage) throws {
        var client = try server.connect(timeout: 1)
        do throws(Reply.Failure) {
            let reply = try client.call("PING")
            throw .system("it answered \(reply.summary), with an idle client before it")
        } catch .timedOut {
            result.remark = "no reply within a second: an idle client came first"
        }
        if let facts = ProcessFacts(pid: server.pid) { result.server = ServerWork(from: facts, to: facts) }
    }

    // MARK: Results

    private func printConnections() {
        screen.clearProgress()
        screen.table(results.connectionsTable)
        for remark in results.connectionRemarks { screen.paragraph(remark) }
        screen.line()
        screen.line("CPU of the server per request, with the most silent clients:")
        screen.bars(
            options.stages.compactMap(results.mostIdle).map { result in
                let cpu = result.cpuPerRequest
                return (result.stage.title, cpu, cpu.map { Format.time(microseconds: $0) } ?? "not served")
            })
        screen.finding(results.connectionsFinding)
    }
}

extension ServerProcess {
    /// Connections it has accepted and not closed: its descriptors beyond those it had when it was ready.
    var openConnections: Int {
        max(0, ProcessFacts.descriptorCount(pid: pid) - descriptorsWhenReady)
    }
}
