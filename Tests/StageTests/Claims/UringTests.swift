// Beyond stage 5: completion instead of readiness.

import LabKit
import Shared
import Testing

@Suite("Uring", .serialized, .waits, .enabled(if: Stage.uring.obstacle == nil, "\(Stage.uring.obstacle ?? "")"))
struct UringTests {
    private let stage = Stage.uring

    @Test(arguments: Contract.clauses(of: .uring)) func contract(_ clause: Contract.Clause) throws {
        try clause.check(stage)
    }

    // MARK: Its own claims

    /// What fifty clients cost that have one request each in flight. They are there together, because the server stood
    /// still meanwhile: so it is no matter of speed how many it finds. Stage 5 makes two calls for each, and a few waits.
    private func callsPerRequest(_ stage: Stage) throws -> Double {
        let (count, rounds) = (50, 20)
        var calls = 0.0
        try withServer(stage) { server in
            let clients = try server.servedClients(count)
            let before = try Self.calls(clients[0])
            for _ in 0..<rounds {
                try server.untilAsleep()
                try server.pause()
                for client in clients { try client.send("INCR n") }
                server.resume()
                for client in clients { _ = try client.receive() }
            }
            let after = try Self.calls(clients[0])
            let (reads, writes) = (after.reads - before.reads, after.writes - before.writes)
            #expect(reads >= count * rounds && writes >= count * rounds)
            // What the kernel has read and written by itself was no call.
            let made = after.waits - before.waits + (stage.isByCompletion ? 0 : reads + writes)
            calls = Double(made) / Double(count * rounds)
        }
        return calls
    }

    private static func calls(_ client: TestClient) throws -> (reads: Int, writes: Int, waits: Int) {
        let info = try client.ask("INFO stats")
        return (
            try infoNumber("total_reads_processed", in: info), try infoNumber("total_writes_processed", in: info),
            try infoNumber("total_waits", in: info)
        )
    }

    @Test func fiftyRequestsCostFiveCallsAtMost() throws {
        #expect(try callsPerRequest(stage) <= 0.1)
        #expect(try callsPerRequest(.pipelining) > 2)
    }

    /// Each has a long and a short request in flight, more than there are buffers or places for, and none gets another's.
    private func expectService(_ server: ServerProcess, clients count: Int = 30, rounds: Int = 3) throws {
        let clients = try (0..<count).map { _ in try server.newClient() }
        for round in 0..<rounds {
            let values = clients.indices.map {
                [UInt8](repeating: UInt8(truncatingIfNeeded: $0 + round), count: 20_000)
            }
            try server.pause()
            for (client, value) in zip(clients, values) {
                client.sendInBackground(stage.encode(["ECHO".bytes, value]) + stage.encode("INCR n"))
            }
            server.resume()
            for (client, value) in zip(clients, values) {
                #expect(try client.receive() == .string(value))
                guard case .integer = try client.receive() else { throw GaveUp(what: "INCR") }
            }
        }
        #expect(try clients[0].ask("GET n") == .string("\(count * rounds)"))
    }

    /// The receive ends with ENOBUFS, and has to be started again.
    @Test(arguments: [1, 4]) func fewBuffersAreEnoughForMany(_ buffers: Int) throws {
        try withServer(stage, ["--buffers", "\(buffers)"]) { try expectService($0) }
    }

    /// What does not fit into the queue of completions is kept by the kernel, which ends what would go on by itself; and
    /// a queue of one operation has to be emptied for each.
    @Test(arguments: [1, 4]) func aSmallRingLosesNothing(_ entries: Int) throws {
        try withServer(stage, ["--ring-entries", "\(entries)", "--buffers", "4"]) { server in
            try expectService(server)
            let summary = try Summary(ending: server)
            #expect(summary.waits > summary.requests, "so small a ring costs calls: \(summary.line)")
        }
    }

    /// Replies that do not fit, while completions do not fit either: that a send was not heard of must not be taken for
    /// its success.
    @Test(arguments: [1, 256]) func aRestIsSentWhateverElseHappens(_ entries: Int) throws {
        let value = [UInt8]((0..<3 << 20).map { UInt8(truncatingIfNeeded: $0 >> 8) })
        try withServer(stage, ["--ring-entries", "\(entries)"]) { server in
            let other = try server.newClient()
            #expect(try other.call(["SET".bytes, "big".bytes, value]) == stage.ok)
            let readers = try (0..<6).map { _ in try server.newClient() }
            try server.pause()
            for reader in readers {
                reader.limitReceiveBuffer()
                try reader.send(bytes: stage.encode("GET big", "PING"))
            }
            server.resume()
            for number in 1...50 { #expect(try other.ask("INCR n") == .integer(Int64(number))) }
            for reader in readers {
                #expect(try reader.receive() == .string(value))
                #expect(try reader.receive() == stage.pong)
            }
        }
    }

    /// While a send waits for room, replies are added to those behind it: what it reads from must not move for them.
    @Test func repliesAreAddedWhileASendIsInFlight() throws {
        let values = (0..<40).map { [UInt8](repeating: UInt8($0), count: 9_000) }
        // The allocator overwrites what is freed, so that it cannot be sent by chance.
        try withServer(stage, wrapper: ["env", "MALLOC_PERTURB_=85"]) { server in
            let other = try server.newClient()
            for (index, value) in values.enumerated() {
                #expect(try other.call(["SET".bytes, "\(index)".bytes, value]) == stage.ok)
            }
            let reader = try server.newClient()
            reader.limitReceiveBuffer()
            // One reply a turn. At some point one does not fit, and waits; what comes behind it makes the buffer grow.
            for number in 0..<800 {
                try reader.send("GET \(number % values.count)")
                #expect(try other.ask("PING") == stage.pong)
            }
            for number in 0..<800 {
                // Bytes that have moved may be no reply at all.
                let reply = try? reader.receive()
                try #require(reply == .string(values[number % values.count]), "it changed while it was sent")
            }
        }
    }

    /// A client that sends and does not read: its receive is cancelled, and what it sends stays in its own system. When
    /// it reads, the receive is started again.
    @Test func aReceiveIsCancelledAndStartedAgain() throws {
        let value = [UInt8](repeating: 7, count: 20_000)
        let request = stage.encode(["ECHO".bytes, value])
        let requests = (0..<100).flatMap { _ in request }
        try withServer(stage) { server in
            let (other, reader) = (try server.newClient(), try server.newClient())
            reader.limitReceiveBuffer()
            // Until nothing more is taken, though the server has had a hundred turns to do so.
            var (sent, last) = (0, -1)
            while sent != last {
                last = sent
                while case let more = reader.sendNow(requests[(sent % request.count)...]), more > 0 { sent += more }
                for _ in 0..<100 { #expect(try other.ask("PING") == stage.pong) }
            }
            let read = try other.info("total_net_input_bytes")
            #expect(read < sent, "all \(sent) bytes of requests were read, and the replies to the first are not")
            for _ in 0..<sent / request.count { #expect(try reader.receive() == .string(value)) }
            if case let begun = sent % request.count, begun > 0 {
                try reader.send(bytes: request.dropFirst(begun))
                #expect(try reader.receive() == .string(value))
            }
            #expect(try reader.ask("PING") == stage.pong)
        }
    }

    /// Clients go with a receive, a send, or a cancelled receive in flight; and new ones get their numbers at once.
    @Test func whoLeavesWithOperationsInFlightLeavesNothing() throws {
        let value = [UInt8](repeating: 7, count: 8 << 20)
        try withServer(stage) { server in
            let stayer = try server.newClient()
            #expect(try stayer.call(["SET".bytes, "big".bytes, value]) == stage.ok)
            let descriptors = try server.facts.descriptors
            for round in 0..<6 {
                let leavers = try (0..<9).map { _ in try server.newClient() }
                for (index, leaver) in leavers.enumerated() {
                    leaver.limitReceiveBuffer()
                    switch index % 3 {
                    case 0: #expect(try leaver.ask("PING") == stage.pong)
                    case 1: try leaver.send("GET big")
                    default: _ = leaver.sendNow((0..<3000).flatMap { _ in stage.encode("GET big") }[...])
                    }
                }
                #expect(try stayer.ask("PING") == stage.pong)
                if round % 2 == 0 { try server.pause() }
                for leaver in leavers { leaver.reset() }
                let newClients = try (0..<9).map { _ in try server.newClient() }
                for (index, newClient) in newClients.enumerated() { try newClient.send("ECHO new:\(index)") }
                if round % 2 == 0 { server.resume() }
                for (index, newClient) in newClients.enumerated() {
                    #expect(try newClient.receive() == .string("new:\(index)"))
                    try newClient.send("QUIT")
                    #expect(try newClient.receive() == stage.ok)
                    try newClient.expectEnd()
                }
            }
            try eventually("their descriptors are closed") { try server.facts.descriptors == descriptors }
        }
    }

    /// The server closes, and cancels what is in flight: the send waits for room that never comes.
    @Test func anIdleClientIsClosedThoughItsReplyIsInFlight() throws {
        try withServer(stage, ["--idle-timeout", "1"]) { server in
            let descriptors = try server.facts.descriptors
            let (silent, reader) = (try server.newClient(), try server.newClient())
            try server.stall(reader, bytes: 8 << 20)
            try eventually("it is closed") { try server.facts.descriptors == descriptors }
            try server.expectService(stage)
            try silent.expectEnd()
            #expect(reader.receive(exactly: 8 << 20).count < 8 << 20)
        }
    }

    @Test func itPipelinesLikeStage5() throws {
        try Stage5Tests(stage: stage).whatIsCompleteIsAnsweredAtOnce()
        try Stage5Tests(stage: stage).pipelinesOfSeveralClientsDoNotMix()
    }

    /// One line that says what is missing, and what to do about it.
    @Test(
        .enabled(if: Tracer.obstacle == nil, "faults cannot be injected here"),
        arguments: [
            ("ENOSYS", "Linux 6.1 or later"), ("EINVAL", "Linux 6.1 or later"), ("EPERM", "allow it with sysctl"),
        ])
    func withoutRingsItSaysSo(_ error: String, _ remedy: String) throws {
        let line = try HostileSuites.FaultTests.lastWords(of: stage, Fault("io_uring_setup", error))
        #expect(line.contains(remedy), "\(line)")
    }
}
