// The postponed write.

import LabKit
import Shared
import Testing

@Suite("Postponed write", .serialized) struct PostponedWrite {
    private let stage = Stage.poll

    @Test func aRequestCostsFourCalls() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            let count = 500
            for _ in 0..<count { try client.expect("PING", stage.pong) }
            let summary = try Summary(ending: server)
            let each = [summary.waits, summary.reads, summary.writes].map { Double($0) / Double(count) }
            tell(
                "one request: \(rounded(each[0])) polls, \(rounded(each[1])) reads, \(rounded(each[2])) writes; "
                    + "\(rounded(each.reduce(0, +))) calls")
            check(each[0] > 1.8, "There is one poll a request: the server still writes as soon as it has a reply.")
            check(
                each[0] < 2.3,
                "There are \(rounded(each[0])) polls a request, and two are enough: one for the request, one for its reply. "
                    + "Is a connection resumed that has nothing left to do?")
            check(each[2] < 1.2, "There are \(rounded(each[2])) writes a request; one is enough.")
        }
    }

    /// What has been read already raises no event: but a reply that waits does.
    @Test func requestsThatCameTogetherAreAllAnswered() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            try client.send(bytes: (1...16).flatMap { stage.encode("ECHO \($0)") })
            for number in 1...16 { check(try client.receive() == .string("\(number)"), "A reply is wrong, or lost.") }
            let summary = try Summary(ending: server)
            tell("sixteen requests sent at once: \(summary.waits) polls, \(summary.writes) writes")
            check(summary.waits >= 16, "Sixteen replies left in \(summary.waits) polls: some did not wait for theirs.")
        }
    }

    @Test func aReplyThatDoesNotFitComesWhole() throws {
        try withServer(stage) { server in
            try server.checkStalledReader(stage)
            let client = try server.newClient()
            try client.expect("QUIT", stage.ok)
            try client.expectEnd()
        }
    }

    @Test func theServerSleepsWhenThereIsNothingToDo() throws {
        try withServer(stage) { server in
            let client = try server.answeredClient()
            let sentence = "the server sleeps when there is nothing to do (a socket is nearly always writable)"
            try server.untilAsleep(sentence)
        }
    }

    /// No check: what the second poll of a list costs, with nobody else and with many.
    @Test func whatItCosts() throws {
        try withServer(stage) { server in
            var idle: [TestClient] = []
            let client = try server.newClient()
            for others in [0, 400] {
                while idle.count < others { idle.append(try server.newClient()) }
                try client.expect("PING", stage.pong)
                // The best of ten rounds: what disturbs one only ever makes it longer.
                var best = Int.max
                for _ in 0..<10 {
                    try server.untilAsleep()
                    let before = try server.facts.cpuTime
                    for _ in 0..<200 { try client.expect("PING", stage.pong) }
                    try server.untilAsleep()
                    best = try min(best, server.facts.cpuTime - before)
                }
                let each = Double(best) / 200
                tell("beside \(others) idle clients: \(rounded(each)) µs of CPU a request (debug build)")
            }
        }
    }
}
