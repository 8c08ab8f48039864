// Write stage 2 yourself: what begins as stage 1 serves all clients at once.

import LabKit
import Shared
import Testing

@Suite("Stage 2 yourself", .serialized) struct StageTwo {
    private let stage = Stage.threads

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
            for client in clients { client.sendInBackground((0..<2000).flatMap { _ in stage.encode("INCR n") }) }
            for client in clients { for _ in 0..<2000 { _ = try client.receive() } }
            let sum = try clients[0].ask("GET n")
            check(sum == .string("8000"), "Four clients sent 2,000 INCR each, and the sum is \(sum.testDescription).")
        }
    }

    @Test("Step 3: a thread ends with its client") func threadsEnd() throws {
        try withServer(stage) { server in
            try server.expectService(stage)
            try server.untilThreads(1)
            let clients = try (0..<10).map { _ in try server.newClient() }
            for client in clients { try client.expect("PING", stage.pong) }
            check(try server.facts.threads == 11, "Ten clients are connected. The server should have eleven threads.")
            for client in clients { client.close() }
            try server.untilThreads(1)
        }
    }

    @Test("Step 4: above --max-connections a new client is told so") func limit() throws {
        try withServer(stage, ["--max-connections", "2"]) { server in
            let clients = [try server.newClient(), try server.newClient()]
            for client in clients { try client.expect("PING", stage.pong) }
            let third = try server.newClient()
            let reply = try? third.receive()
            check(
                reply == .error("ERR max number of clients reached"),
                "With room for two, a third client should get the error and be closed (see `reject`).")
            clients[0].close()
            try eventually("when a client has left, there is room for the next") {
                (try? server.newClient().ask("PING")) == stage.pong
            }
        }
    }

    @Test("Step 5: told to exit, the server finishes the replies that are in flight") func exit() throws {
        try withServer(stage) { server in
            let silent = try server.newClient()
            try silent.expect("PING", stage.pong)
            let reader = try server.newClient()
            let value = [UInt8](repeating: 7, count: 8 << 20)
            _ = try reader.call(["SET".bytes, "big".bytes, value])
            try reader.send("GET big")
            try eventually("the server begins to send a reply of 8 MB") { reader.hasInput }
            server.signal(15)
            check((try? reader.receive()) == .string(value), "A reply that was in flight was cut off at the end.")
            withExtendedLifetime(silent) {}
        }
    }
}
