// By hand: everything at once, for minutes, and the memory stays as it is.
//
//     SOAK_SECONDS=600 swift test --filter SoakTests

@preconcurrency import Glibc
import LabKit
import Shared
import TestSupport
import Testing

extension HostileSuites {
    @Suite(
        "Soak", .serialized,
        .enabled(if: getenv("SOAK_SECONDS") != nil, "takes minutes: SOAK_SECONDS=600 swift test --filter SoakTests"))
    struct SoakTests {
        private static let seconds = getenv("SOAK_SECONDS").flatMap { Int64(String(cString: $0)) } ?? 0

        /// Each stage has a fifth of the time. Rounds of clients that behave in every way; the memory after the first
        /// fifth of them is the measure for the rest.
        @Test(arguments: Stage.built)
        func memoryIsFlat(_ stage: Stage) throws {
            let options =
                ["--max-memory", "\(Soak.maxMemory)"] + (stage.isLoop ? ["--idle-timeout", "\(Soak.idleTimeout)"] : [])
            try withServer(stage, options) { server in
                // For resets that are lost: see CrowdTests.
                server.hastenKeepAlive()
                var soak = Soak(server: server, stage: stage)
                let start = Clock.monotonic
                let time = Self.seconds * 1000 / Int64(Stage.built.count)
                while Clock.monotonic < start + time / 5 { try soak.round() }
                let early = try soak.settledFacts()
                let earlyRounds = soak.rounds
                while Clock.monotonic < start + time { try soak.round() }
                let late = try soak.settledFacts()
                print(
                    """
                    soak: \(stage): \(soak.rounds) rounds, \(soak.connections) connections, \(soak.faults) faults; \
                    \(early.residentMemory >> 10) KB after \(earlyRounds) rounds, \(late.residentMemory >> 10) KB at the end
                    """)
                #expect(late.residentMemory - early.residentMemory < 4 * Hostile.megabyte)
                // It ends with keys and clients.
                try soak.round()
            }
        }
    }
}

/// A server under everything that the other tests do to it one at a time.
struct Soak {
    let server: ServerProcess
    let stage: Stage
    var rounds = 0
    var connections = 0
    var faults = 0
    var random = SplitMix(seed: 1)
    var guests = SoakGuests()

    mutating func round() throws {
        rounds += 1
        // In stage 1 each is served only when the one before it has left.
        for _ in 0..<40 {
            let client = try server.newClient()
            connections += 1
            try visit(client)
        }
        try readSlowly()
        if rounds % 5 == 0 { try heavyMove() }
        server.signal(SIGSTOP)
        server.signal(SIGCONT)
        if rounds % 20 == 0 && Tracer.obstacle == nil { try injectFault() }
        try server.expectService(stage)
    }

    private mutating func visit(_ client: TestClient) throws {
        let key = "key:\(random.below(2000))"
        switch random.below(8) {
        case 0: client.reset()
        case 1: _ = client.sendNow(stage.encode("SET key value").prefix(random.below(20)))
        case 2:
            _ = client.sendNow((0..<100).map { _ in UInt8(truncatingIfNeeded: random.next()) }[...])
            client.reset()
        case 3:
            let value = [UInt8](repeating: 1, count: random.below(100_000))
            _ = try client.call(["SET".bytes, key.bytes, value, "PX".bytes, "\(1 + random.below(3000))".bytes])
        case 4:
            // Pipelined, and not read.
            _ = client.sendNow([[UInt8]](repeating: stage.encode("GET \(key)"), count: 200).flatMap { $0 }[...])
        case 5: _ = try client.ask("APPEND \(key) more")
        case 6: _ = try client.ask("DEL \(key)")
        default:
            try client.send(bytes: [[UInt8]](repeating: stage.encode("INCR n"), count: 50).flatMap { $0 })
            for _ in 0..<50 { _ = try client.receive() }
        }
    }

    /// Any call fails once, as in FaultTests; the connection it was made for may be lost.
    private mutating func injectFault() throws {
        // strace counts the calls of each thread. Where several accept, it may leave while one of them is just being told
        // an error, and what the thread then gets, ENOSYS, no kernel says.
        let haveOneAcceptor = stage.concurrency != .pool && stage.concurrency != .loops
        let faults = HostileSuites.FaultTests().faults(stage).filter { haveOneAcceptor || $0.call != "accept4" }
        let fault = random.pick(faults)
        let tracer = try Tracer(server, injecting: fault)
        for _ in 0..<20 where !tracer.hasInjected {
            if let client = try? server.newClient() { _ = try? client.ask("PING") }
        }
        tracer.detach()
        self.faults += 1
    }

    /// The figures once all clients and all keys have gone, and what they took was given back: when it does not become
    /// less any more from one second to the next.
    mutating func settledFacts() throws -> ProcessFacts {
        guests = SoakGuests()
        try server.expectConnections(0, stage)
        do {
            let client = try server.newClient()
            #expect(try client.ask("FLUSHALL") == stage.ok)
        }
        try server.expectConnections(0, stage)
        var facts = try server.facts
        try eventually("memory has been given back") {
            usleep(1_500_000)
            let before = facts
            facts = try server.facts
            return facts.residentMemory >= before.residentMemory
        }
        return facts
    }
}
