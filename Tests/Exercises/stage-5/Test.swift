// Write stage 5 yourself: what begins as stage 4 answers all that has arrived with one write.

import LabKit
import Shared
import Testing

@Suite("Stage 5 yourself", .serialized) struct StageFive {
    private let stage = Stage.pipelining

    @Test("Step 1: sixteen requests that came together cost one read and one write") func oneWrite() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            try client.expect("PING", stage.pong)
            let cost = try server.calls {
                try client.send(bytes: (1...16).flatMap { stage.encode("ECHO \($0)") })
                for number in 1...16 { check(try client.receive() == .string("\(number)"), "A reply is wrong.") }
            }
            tell("sixteen requests sent at once: \(cost.reads) reads, \(cost.writes) writes")
            check(cost.reads <= 2 && cost.writes == 1, "They cost \(cost.reads) reads and \(cost.writes) writes.")
        }
    }

    @Test("Step 2: a client that reads nothing does not fill the memory") func backpressure() throws {
        try withGreedyClient { server, _, other in
            try other.expect("PING", stage.pong)
            let held = try server.facts.residentMemory >> 20
            tell("asked for 400 MB, and read nothing: the server holds \(held) MB")
            check(held < 200, "A client asks for 400 MB and reads nothing, and the server holds \(held) MB for it.")
            let writes = try Summary(ending: server).writes
            check(writes > 0, "It never wrote.")
        }
    }

    @Test("Step 3: when it reads at last, all of its requests are answered") func resumes() throws {
        try withGreedyClient { server, greedy, _ in
            for number in 1...400 {
                guard case .string(let bytes) = try? greedy.receive(), bytes.count == 1 << 20 else {
                    return check(false, "Of 400 replies, number \(number) did not come: nobody looks at what was read.")
                }
            }
        }
    }

    @Test("Step 4: a client that has ended its sending gets its replies") func halfClosed() throws {
        try withGreedyClient { server, greedy, _ in
            greedy.endSending()
            var count = 0
            while let bytes = try? greedy.receiveBytes(), !bytes.isEmpty { count += bytes.count }
            check(
                count >= 400 << 20,
                "It got \(count >> 20) MB of 400: the end of its sending is not the end of its reading.")
        }
    }

    @Test("Step 5: a request that has arrived in part holds no reply back") func partial() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            try client.send(bytes: stage.encode("INCR n", "INCR n", "INCR n").dropLast(3))
            for _ in 0..<2 { check(try client.receive() != .null, "There is no reply.") }
            try client.send(bytes: stage.encode("INCR n").suffix(3))
            check(try client.receive() == .integer(3), "The third request was not answered when the rest of it came.")
        }
    }

    /// One client asks for 400 values of 1 MB in one piece, and does not read.
    private func withGreedyClient(_ body: (ServerProcess, TestClient, TestClient) throws -> Void) throws {
        try withServer(stage) { server in
            let (greedy, other) = (try server.newClient(), try server.newClient())
            let value = [UInt8](repeating: 7, count: 1 << 20)
            check(try greedy.call(["SET".bytes, "big".bytes, value]) == stage.ok, "A value of 1 MB was not stored.")
            greedy.limitReceiveBuffer()
            try greedy.send(bytes: (0..<400).flatMap { _ in stage.encode("GET big") })
            try eventually("the server begins to reply") { greedy.hasInput }
            try server.untilAsleep()
            try body(server, greedy, other)
        }
    }
}
