// One read instead of two.

import LabKit
import Shared
import Testing

@Suite("One read", .serialized) struct OneRead {
    private let stage = Stage.sync

    @Test func aRequestCostsOneRead() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            _ = try client.ask("PING")
            let count = 200
            let cost = try server.calls { for _ in 0..<count { _ = try client.ask("PING") } }
            let each = (reads: Double(cost.reads) / Double(count), writes: Double(cost.writes) / Double(count))
            tell("one request: \(rounded(each.reads)) reads, \(rounded(each.writes)) writes")
            check(each.reads < 1.5, "A request still costs \(rounded(each.reads)) reads: its length, then its body.")
        }
    }

    @Test func sixteenRequestsInOnePieceCostOneRead() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            _ = try client.ask("PING")
            let requests = (1...16).flatMap { stage.encode("ECHO \($0)") }
            let cost = try server.calls {
                try client.send(bytes: requests)
                for number in 1...16 {
                    let reply = try client.receive()
                    check(reply == .string("\(number)"), "Request \(number) of sixteen got \(reply) for its reply.")
                }
            }
            tell("sixteen requests sent at once: \(cost.reads) reads, \(cost.writes) writes")
            check(cost.reads <= 2, "Sixteen requests that came in one piece cost \(cost.reads) reads. One is enough.")
        }
    }

    /// A read brings what has arrived: less than a request, or the end of one and the start of the next.
    @Test func piecesAreWhatTheyAre() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            let requests = stage.encode("ECHO first", "ECHO second")
            for byte in requests { try server.untilRead(1) { try client.send(bytes: [byte]) } }
            for word in ["first", "second"] {
                let reply = try client.receive()
                check(reply == .string(word), "A request that came byte by byte got \(reply), not \(word).")
            }
            let value = [UInt8](repeating: 7, count: 3 << 20)
            let stored = try client.call(["SET".bytes, "big".bytes, value])
            check(stored == stage.ok, "A value of 3 MB was not stored: \(stored).")
            check(try client.ask("GET big") == .string(value), "A value of 3 MB did not come back as it was.")
        }
    }

    @Test func aClientThatLeavesIsNoticed() throws {
        try withServer(stage) { server in
            let first = try server.newClient()
            try first.send(bytes: stage.encode("PING").dropLast(2))
            first.endSending()
            try first.expectEnd()
            try server.expectService(stage)
        }
    }
}
