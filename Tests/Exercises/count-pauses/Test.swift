// Count the pauses.

import LabKit
import Shared
import Testing

@Suite("Count pauses", .serialized) struct CountPauses {
    private let stage = Stage.pipelining

    @Test func whoReadsIsNeverPaused() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            for _ in 0..<20 {
                try client.send(bytes: (0..<200).flatMap { _ in stage.encode("PING") })
                for _ in 0..<200 { check(try client.receive() == stage.pong, "A reply is wrong.") }
            }
            let count = try server.count("pauses")
            tell("4,000 requests, 200 in flight, all replies read: \(count) pauses")
            check(count == 0, "\(count) pauses were counted, though the client read everything.")
        }
    }

    /// 48 MB stay below the mark, but take longer than the budget of a turn.
    @Test func aTurnThatEndsIsNoPause() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            let value = [UInt8](repeating: 7, count: 4 << 20)
            check(try client.call(["SET".bytes, "big".bytes, value]) == stage.ok, "A value was not stored.")
            try client.send(bytes: (0..<12).flatMap { _ in stage.encode("GET big") })
            for _ in 0..<12 { check(try client.receive() == .string(value), "A reply is wrong.") }
            let count = try server.count("pauses")
            check(
                count == 0,
                "Pauses were counted (\(count)), and there was none: a turn's budget was used up, that is all.")
        }
    }

    /// It asks for 320 MB, reads 6 of them in small pieces, and stops. So there is room again and again, and there are
    /// events, but what is unsent stays above the mark: it is one pause.
    @Test func whoReadsTooLittleIsPausedOnce() throws {
        try withServer(stage) { server in
            let (client, other) = (try server.newClient(), try server.newClient())
            try server.stall(client, bytes: 16 << 20, times: 20)
            try server.untilAsleep()
            tell("asked for 320 MB, and read nothing: the server holds \(try server.facts.residentMemory >> 20) MB")
            var count = 0
            while count < 6 << 20 { count += try client.receiveBytes().count }
            try server.untilAsleep()
            for _ in 0..<100 { try other.expect("PING", stage.pong) }
            let pauses = try server.count("pauses")
            tell("pauses of the client that read 6 MB of 320: \(pauses)")
            check(pauses != 0, "No pause was counted, though a client asked for 320 MB and reads hardly anything.")
            check(pauses <= 1, "\(pauses) pauses were counted. It was one, which lasted: count when it begins.")
        }
    }

    @Test func whoIsPausedAgainIsCountedAgain() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            for _ in 1...2 {
                try server.stall(client, bytes: 16 << 20, times: 10)
                try server.untilAsleep()
                var left = 10 * ("$16777216\r\n\r\n".utf8.count + 16 << 20)
                while left > 0 { left -= try client.receiveBytes().count }
            }
            // While it reads, it may be paused once more: that depends on how fast it is.
            let pauses = try server.count("pauses")
            check(
                pauses >= 2,
                "A client was paused, read everything, and was paused again. That is not \(pauses), but two at least.")
        }
    }
}
