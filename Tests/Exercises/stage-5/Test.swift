// Write stage 5 yourself: what begins as stage 4 answers all that has arrived with one write.

import LabKit
import Shared
import Testing

@Suite("Stage 5 yourself", .serialized) struct StageFive {
    private let stage = Stage.pipelining

    @Test("Step 1: sixteen requests that came together cost one read and one write") func oneWrite() throws {
        try withServer(stage) { server in
            let client = try server.answeredClient()
            let cost = try server.calls {
                try client.send(bytes: (1...16).flatMap { stage.encode("ECHO \($0)") })
                for number in 1...16 {
                    check((try? client.receive()) == .string("\(number)"), "Reply \(number) of 16 is missing or wrong.")
                }
            }
            tell("sixteen requests sent at once: read \(cost.reads), write \(cost.writes)")
            check(cost.reads <= 2, "They cost \(cost.reads) reads: they came in one piece.")
            check(cost.writes == 1, "They cost \(cost.writes) writes: one takes all sixteen replies.")
        }
    }

    @Test("Step 2: a client that reads nothing does not fill the memory") func backpressure() throws {
        try withGreedyClient { server, greedy, other in
            let cost = try server.calls {
                try greedy.send(bytes: (0..<100).flatMap { _ in stage.encode("PING") })
                check(
                    (try? other.ask("PING")) == stage.pong,
                    "While a client reads nothing, another one's PING got no PONG.")
            }
            check(cost.reads == 1, "Above the mark it still reads requests, and they fill the memory instead.")
            let held = try server.facts.residentMemory >> 20
            tell("asked for 400 MB, and read nothing: the server holds \(held) MB")
            check(held < 200, "A client asks for 400 MB and reads nothing, and the server holds \(held) MB for it.")
        }
    }

    @Test("Step 3: when it reads at last, all of its requests are answered") func resumes() throws {
        try withGreedyClient { _, greedy, _ in
            if let wrong = complaint(greedy, 400, ifClosed: "though it reads them") { check(false, wrong) }
        }
    }

    @Test("Step 4: a client that has ended its sending gets its replies") func halfClosed() throws {
        // The server learns of the end when it has executed everything: before the client reads, or after.
        for count in [20, 400] {
            try withGreedyClient(count) { server, greedy, other in
                greedy.endSending()
                check((try? other.ask("PING")) == stage.pong, "Another client's PING got no PONG.")
                try server.untilAsleep(
                    "the server sleeps while a client that has ended its sending reads nothing: an end stays readable")
                let reason = "but the end of its sending is not the end of its reading"
                if let wrong = complaint(greedy, count, ifClosed: reason) { return check(false, wrong) }
                check((try? greedy.receiveBytes()) == [], "It has all replies, will send no more, and is not closed.")
            }
        }
    }

    @Test("Step 5: a request that has arrived in part holds no reply back") func partial() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            try client.send(bytes: stage.encode("INCR n", "INCR n", "INCR n").dropLast(3))
            for number in 1...2 {
                check(
                    (try? client.receive()) == .integer(Int64(number)),
                    "Two and a half requests came, and number \(number) was not answered.")
            }
            try client.send(bytes: stage.encode("INCR n").suffix(3))
            check(
                (try? client.receive()) == .integer(3), "The third request was not answered when the rest of it came.")
        }
    }

    @Test("Step 6: what a turn's budget does not allow is done in the next turn") func budget() throws {
        try withServer(stage) { server in
            let (greedy, other) = (try server.newClient(), try server.newClient())
            let keys = (0..<20_000).flatMap { ["key:\($0)".bytes, "value".bytes] }
            check((try? greedy.call(["MSET".bytes] + keys)) == stage.ok, "20,000 keys were not stored.")
            check((try? other.ask("PING")) == stage.pong, "PING got no PONG.")
            // Stopped, so that it finds the requests of both in one turn. KEYS looks at all keys: together they take far
            // longer than a budget.
            try server.pause()
            let requests = (1...64).flatMap { _ in stage.encode("KEYS *none") } + stage.encode("SET done yes")
            try greedy.send(bytes: requests)
            try other.send("GET done")
            server.resume()
            check(
                (try? other.receive()) == .null, "All of one client's 65 requests came before the only one of another.")
            for number in 1...65 {
                guard (try? greedy.receive()) == (number < 65 ? .array([]) : stage.ok) else {
                    return check(false, "Of 65 requests in one piece, number \(number) was not answered.")
                }
            }
        }
    }

    @Test("Step 7: below the mark a client may go on asking before it reads") func asksOn() throws {
        try withGreedyClient(20) { _, greedy, other in
            try greedy.send("SET asked on")
            try eventually(
                "20 MB of replies wait for room, below `highWaterMark`, and the client's next request is executed"
            ) {
                try other.ask("GET asked") == .string("on")
            }
        }
    }

    /// Reads `count` values.
    ///
    /// - Returns: what is wrong with the first that is not right; nil if all are.
    private func complaint(_ greedy: TestClient, _ count: Int, ifClosed reason: String) -> String? {
        for number in 1...count {
            do {
                switch try greedy.receive() {
                case .string(let bytes) where bytes.count == 1 << 20: continue
                case .error:
                    return "Reply \(number) of \(count) is an error: `Shared` refuses it, as the server holds too much."
                case let reply: return "Reply \(number) of \(count) is \(reply.testDescription)."
                }
            } catch Reply.Failure.closed {
                return "After \(number - 1) replies of \(count) it was closed, \(reason)."
            } catch {
                return "After \(number - 1) replies of \(count) nothing came: who looks at the requests that were read?"
            }
        }
        return nil
    }

    /// One client asks for values of 1 MB in one piece, and does not read. 400 are far above the mark, 20 below.
    private func withGreedyClient(
        _ count: Int = 400, _ body: (ServerProcess, TestClient, TestClient) throws -> Void
    ) throws {
        try withServer(stage) { server in
            let (greedy, other) = (try server.newClient(), try server.newClient())
            try server.stall(greedy, bytes: 1 << 20, times: count)
            try server.untilAsleep("while a client reads nothing, the server sleeps until there is room for more")
            try body(server, greedy, other)
        }
    }
}
