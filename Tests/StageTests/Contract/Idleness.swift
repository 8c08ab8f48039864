// For the event loops, stages 3 to 5: --idle-timeout closes connections that neither send nor read, and no others.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

extension Contract {
    static let idlenessClauses = [
        Clause("--idle-timeout closes a silent connection, and not an active one", idleTimeout),
        // So quickly that there is room to send at least every half second.
        Clause(
            "--idle-timeout does not close a client that takes its time to read",
            { try readSlowly($0, piece: 128 << 10, pause: 50_000, fairGap: 200) }),
        // So slowly that the kernel reports no room to send for longer than the timeout: it does so only when a third of
        // its buffer is free. What it tells when asked is that there is less in it than before.
        Clause(
            "--idle-timeout does not close a slow, steady reader",
            { try readSlowly($0, piece: 16 << 10, pause: 80_000, fairGap: 300) }),
        Clause(
            "--idle-timeout closes a client that takes nothing of its reply", options: ["--idle-timeout", "1"],
            idleTimeoutWithoutReading),
        Clause(
            "--idle-timeout does not close a client whose request came while the server stood still",
            options: ["--idle-timeout", "1"], idleStop),
    ]

    /// Tries until this machine has not held the client up: otherwise nothing can be told.
    ///
    /// - Parameter attempt: returns whether it was fair.
    static func untilFair(
        _ stage: Stage, sourceLocation: SourceLocation = #_sourceLocation, _ attempt: () throws -> Bool
    ) rethrows {
        for number in 1...10 {
            if try attempt() { return }
            print("\(stage): the machine stood still; attempt \(number) tells nothing")
        }
        Issue.record("in ten attempts, the machine held the client up each time", sourceLocation: sourceLocation)
    }

    /// The active client must not be silent for a second, or it is closed with good reason.
    private static func idleTimeout(_ stage: Stage) throws {
        try untilFair(stage) {
            var isFair = true
            try withServer(stage, ["--idle-timeout", "1"]) { server in
                let (active, silent, half) = (
                    try server.newClient(), try server.newClient(), try server.newClient()
                )
                try half.send(bytes: Array(stage.encode("PING").dropLast()))
                var lastReply = Clock.monotonic
                while isFair, !silent.hasInput || !half.hasInput {
                    let reply = try? active.ask("PING")
                    isFair = Clock.monotonic - lastReply < 500
                    lastReply = Clock.monotonic
                    if isFair { #expect(reply == stage.pong, "an active client was closed") }
                    usleep(10_000)
                }
                if !isFair { return }
                try silent.expectEnd()
                try half.expectEnd()
            }
            return isFair
        }
    }

    /// A client reads a reply of 8 MB for several times the timeout, a piece at a time, and then the rest.
    private static func readSlowly(_ stage: Stage, piece: Int, pause: useconds_t, fairGap: Int64) throws {
        let value = [UInt8](repeating: 7, count: 8 << 20)
        let reply = stage.encodeReply(value)
        try untilFair(stage) {
            var (received, longestGap): (Int, Int64) = (0, 0)
            try withServer(stage, ["--idle-timeout", "1"]) { server in
                let reader = try server.newClient()
                try server.stall(reader, bytes: value.count)
                let start = Clock.monotonic
                var last = start
                while last - start < 3500, case let more = reader.receive(exactly: piece).count, more > 0 {
                    received += more
                    usleep(pause)
                    longestGap = max(longestGap, Clock.monotonic - last)
                    last = Clock.monotonic
                }
                received += reader.receive(exactly: reply.count - received).count
            }
            let isFair = received == reply.count || longestGap < fairGap
            if isFair { #expect(received == reply.count, "a client that was reading was closed") }
            return isFair
        }
    }

    private static func idleTimeoutWithoutReading(_ server: ServerProcess, _ stage: Stage) throws {
        let client = try server.newClient()
        try server.stall(client, bytes: 8 << 20)
        try server.expectConnections(0, stage)
    }

    /// Its request lies in the kernel when the server can look again: it was not idle.
    private static func idleStop(_ server: ServerProcess, _ stage: Stage) throws {
        let client = try server.servedClient()
        server.signal(SIGSTOP)
        try client.send("PING")
        usleep(1_500_000)
        server.signal(SIGCONT)
        #expect(try client.receive() == stage.pong)
    }
}
