// Threads that do not wait for ever.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

@Suite("Idle threads", .serialized) struct IdleThreads {
    private let stage = Stage.threads
    private let options = ["--idle-timeout", "1"]

    private func expectEnd(of client: TestClient, _ who: String) throws -> Bool {
        let start = Clock.monotonic
        do {
            while try client.receiveBytes() != [] {}
        } catch Reply.Failure.timedOut {
            check(false, "Still connected after \(Patience.seconds) seconds: \(who).")
            return false
        } catch {
            // A reset is an end too.
        }
        tell("\(who) was closed after \(Clock.monotonic - start) ms")
        return true
    }

    @Test func aSilentClientIsClosed() throws {
        try withServer(stage, options) { server in
            try server.expectService(stage)
            try server.untilThreads(1)
            let silent = try server.answeredClient()
            guard try expectEnd(of: silent, "a client that says nothing") else { return }
            try eventually("the thread of a client that was closed ends") {
                try server.facts.threads == 1 + Sanitizer.threads
            }
        }
    }

    @Test func soIsOneThatStopsInTheMiddleOfARequest() throws {
        try withServer(stage, options) { server in
            let half = try server.newClient()
            try half.send(bytes: stage.encode("PING").dropLast())
            _ = try expectEnd(of: half, "a client that sent half a request and stopped")
        }
    }

    @Test func soIsOneThatTakesNothingOfItsReply() throws {
        try withServer(stage, options) { server in
            try server.expectService(stage)
            try server.untilThreads(1)
            let client = try server.newClient()
            try server.stall(client, bytes: 8 << 20)
            let start = Clock.monotonic
            try eventually("the server closes a client that does not read its reply: its thread waits in write") {
                try server.facts.threads == 1 + Sanitizer.threads
            }
            tell("a client that reads nothing of 8 MB was closed after \(Clock.monotonic - start) ms")
        }
    }

    /// On a machine that stalls for so long that the client was silent too long after all, there is nothing to see.
    @Test func oneThatSendsSlowlyIsNotSilent() throws {
        try withServer(stage, options) { server in
            let slow = try server.newClient()
            let request = stage.encode("PING")
            let (start, pieces) = (Clock.monotonic, 6)
            var (last, longest) = (start, Int64(0))
            do {
                for index in 0..<pieces {
                    try slow.send(bytes: [request[index]])
                    usleep(500_000)
                    longest = max(longest, Clock.monotonic - last)
                    last = Clock.monotonic
                }
                try slow.send(bytes: request.dropFirst(pieces))
                check(try slow.receive() == stage.pong, "A request that came byte by byte got a wrong reply.")
                tell("a client that sends a byte every 500 ms is still connected after \(Clock.monotonic - start) ms")
            } catch  where longest < 900 {
                check(false, "A client that sent a byte every 500 ms was closed. It was never silent for a second.")
            } catch {}
        }
    }

    /// Without the option nobody is closed: every wait there is would be for something that must not happen, so the
    /// option itself is looked at by its effect above, and here by its absence.
    @Test func withoutTheOptionNobodyIsClosed() throws {
        try withServer(stage) { server in
            let silent = try server.answeredClient()
            let other = try server.newClient()
            let start = Clock.monotonic
            while Clock.monotonic - start < 1500 { try other.expect("PING", stage.pong) }
            check(
                (try? silent.ask("PING")) == stage.pong,
                "Without --idle-timeout a silent client was closed, all the same.")
        }
    }
}
