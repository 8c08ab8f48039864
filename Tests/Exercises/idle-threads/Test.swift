// Threads that do not wait for ever.

import LabKit
import Shared
import Testing

@Suite("Idle threads", .serialized) struct IdleThreads {
    private let stage = Stage.threads
    private let options = ["--idle-timeout", "1"]

    private func expectEnd(_ client: TestClient, _ sentence: String) throws {
        let start = Clock.monotonic
        do {
            while try client.receiveBytes() != [] {}
        } catch Reply.Failure.timedOut {
            check(false, sentence)
        } catch {
            // A reset is an end too.
        }
        tell("the server closed after \(Clock.monotonic - start) ms")
    }

    @Test func aSilentClientIsClosed() throws {
        try withServer(stage, options) { server in
            try server.expectService(stage)
            try server.untilThreads(1)
            let silent = try server.newClient()
            try silent.expect("PING", stage.pong)
            try expectEnd(silent, "A client that says nothing is still connected after \(Patience.seconds) seconds.")
            try server.untilThreads(1)
        }
    }

    @Test func soIsOneThatStopsInTheMiddleOfARequest() throws {
        try withServer(stage, options) { server in
            let half = try server.newClient()
            try half.send(bytes: stage.encode("PING").dropLast())
            try expectEnd(half, "A client that sent half a request and stopped is still connected.")
        }
    }

    @Test func soIsOneThatTakesNothingOfItsReply() throws {
        try withServer(stage, options) { server in
            try server.expectService(stage)
            try server.untilThreads(1)
            let client = try server.newClient()
            _ = try client.call(["SET".bytes, "big".bytes, [UInt8](repeating: 7, count: 8 << 20)])
            client.limitReceiveBuffer()
            try client.send("GET big")
            try eventually("the server closes a client that does not read its reply: its thread waits in write") {
                try server.facts.threads == 1 + Sanitizer.threads
            }
        }
    }

    /// Without the option nobody is closed: every wait there is would be for something that must not happen, so the
    /// option itself is looked at by its effect above, and here by its absence.
    @Test func withoutTheOptionNobodyIsClosed() throws {
        try withServer(stage) { server in
            let silent = try server.newClient()
            try silent.expect("PING", stage.pong)
            let other = try server.newClient()
            let start = Clock.monotonic
            while Clock.monotonic - start < 1500 { try other.expect("PING", stage.pong) }
            try silent.expect("PING", stage.pong)
        }
    }
}
