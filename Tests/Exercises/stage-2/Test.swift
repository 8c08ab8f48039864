// Write stage 2 yourself: what begins as stage 1 serves all clients at once.

import LabKit
import Shared
import Testing

@Suite("Stage 2 yourself", .serialized) struct StageTwo {
    private let stage = Stage.threads

    /// Says so if a client is not served, which ends the test: the next steps would wait for as long.
    private func isServed(_ client: TestClient) -> Bool {
        let isServed = (try? client.ask("PING")) == stage.pong
        check(isServed, "A client is not served while another is connected. That is step 1.")
        return isServed
    }

    @Test("Step 1: the second client is served while the first is silent") func secondClient() throws {
        try withServer(stage) { server in
            let (first, second) = (try server.newClient(), try server.newClient())
            try first.expect("PING", stage.pong)
            try second.send("PING")
            check((try? second.receive()) == stage.pong, "The second client waits until the first one has left.")
        }
    }

    @Test("Step 2: all clients have one store, and no INCR is lost") func oneStore() throws {
        try withServer(stage) { server in
            let clients = try (0..<4).map { _ in try server.newClient() }
            for client in clients { guard isServed(client) else { return } }
            for client in clients { client.sendInBackground((0..<2000).flatMap { _ in stage.encode("INCR n") }) }
            for client in clients { for _ in 0..<2000 { _ = try client.receive() } }
            let sum = try clients[0].ask("GET n")
            check(sum == .string("8000"), "Four clients sent 2,000 INCR each, and the sum is \(sum.testDescription).")
        }
    }

    /// Two INCRs hardly ever meet, even where there is no lock. This takes so long that others do come in its middle.
    @Test("Step 2: a command on many keys is one step for the others") func oneStep() throws {
        try withServer(stage) { server in
            let (writer, reader) = (try server.newClient(), try server.newClient())
            guard isServed(writer), isServed(reader) else { return }
            let keys = (0..<500).map { "key:\($0)" }
            let value = [UInt8](repeating: 7, count: 60_000)
            let request = stage.encode(["MSET".bytes] + keys.flatMap { [$0.bytes, value] })
            var (looks, torn) = (0, 0)
            for _ in 1...3 {
                writer.sendInBackground(request)
                try eventually("MSET of 500 keys has set the first and the last") {
                    let count = try? reader.ask("EXISTS \(keys[0]) \(keys[499])")
                    check(count != nil, "While one client set 500 keys, and another looked, the server died.")
                    if count == nil { throw GaveUp(what: "EXISTS") }
                    looks += 1
                    if count == .integer(1) { torn += 1 }
                    return count == .integer(2)
                }
                check((try? writer.receive()) == stage.ok, "MSET of 500 keys failed.")
                _ = try reader.ask("DEL \(keys.joined(separator: " "))")
            }
            tell("one MSET sets 500 keys: another client looked \(looks) times, and found it half done \(torn) times")
            check(torn == 0, "A request was executed in the middle of another: a lock must be around all of it.")
        }
    }

    @Test("Step 3: a thread ends with its client") func threadsEnd() throws {
        try withServer(stage) { server in
            try server.expectService(stage)
            try server.untilThreads(1)
            let clients = try (0..<10).map { _ in try server.newClient() }
            for client in clients { guard isServed(client) else { return } }
            check(try server.facts.threads == 11, "Ten clients are connected. The server should have eleven threads.")
            for client in clients { client.close() }
            try server.untilThreads(1)
        }
    }

    @Test("Step 4: above --max-connections a new client is told so") func limit() throws {
        try withServer(stage, ["--max-connections", "2"]) { server in
            let clients = [try server.newClient(), try server.newClient()]
            for client in clients { guard isServed(client) else { return } }
            let third = try server.newClient()
            let reply = try? third.receive()
            check(
                reply == .error("ERR max number of clients reached"),
                "With room for two, a third client should get the error and be closed (see `reject`).")
            clients[0].close()
            try server.untilRoom("when a client has left, there is room for the next")
        }
    }

    /// Its number is free within `close`, which takes long here.
    @Test(
        "Step 4: a client that has left is off the list before its number is free",
        .enabled(if: Strace.isAvailable, Strace.reason)
    ) func numberLeavesFirst() throws {
        let delay = ["-e", "trace=close", "-e", "inject=close:delay_exit=100000"]
        let slowly = ["strace", "-D", "-f", "-qq", "-o", "/dev/null"] + delay
        try withServer(stage, ["--max-connections", "1"], wrapper: slowly) { server in
            let first = try server.newClient()
            _ = try first.ask("QUIT")
            _ = try first.receiveAll()
            let reply = try? server.newClient().ask("PING")
            check(
                reply == stage.pong,
                "A client was refused: the one before had left, and was still on your list. Off the list, then close.")
        }
    }

    @Test(
        "Step 5: told to exit, the server ends reading on every connection",
        .enabled(if: Strace.isAvailable, Strace.reason)
    ) func readingEnds() throws {
        var clients: [TestClient] = []
        let calls = try Strace.calls("shutdown", of: stage) { server in
            for _ in 0..<2 {
                let client = try server.newClient()
                guard isServed(client) else { return }
                clients.append(client)
            }
        }
        let count = calls.count { $0.contains("SHUT_RD)") }
        check(count == 2, "Two clients are silent, and for \(count) of them reading was ended (`endReading`).")
    }

    @Test("Step 5: told to exit, the server finishes the replies that are in flight") func exit() throws {
        try withServer(stage) { server in
            let (silent, reader) = (try server.newClient(), try server.newClient())
            guard isServed(silent), isServed(reader) else { return }
            let value = [UInt8](repeating: 7, count: 8 << 20)
            _ = try reader.call(["SET".bytes, "big".bytes, value])
            try reader.send("GET big")
            try eventually("the server begins to send a reply of 8 MB") { reader.hasInput }
            server.signal(15)
            check((try? reader.receive()) == .string(value), "A reply that was in flight was cut off at the end.")
            withExtendedLifetime(silent) {}
        }
    }

    @Test func exitTakesAMoment() throws {
        try withServer(stage) { server in
            let silent = try server.answeredClient()
            let start = Clock.monotonic
            server.endPatiently()
            tell("told to exit while a client is silent, the server exited after \(Clock.monotonic - start) ms")
            withExtendedLifetime(silent) {}
        }
    }
}
