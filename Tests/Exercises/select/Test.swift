// A poller on select.

import LabKit
import Shared
import Testing

@Suite("Select", .serialized) struct Select {
    private let stage = Stage.poll

    /// The numbers of select and pselect6, on x86-64 and on arm64.
    private static let selectCalls = [23, 270, 72]

    @Test func itSleepsInSelect() throws {
        try withServer(stage) { server in
            try server.expectService(stage)
            if let call = try server.sleepingCall() {
                check(
                    Self.selectCalls.contains(call),
                    "The server sleeps in system call number \(call): that is not select.")
            }
        }
    }

    @Test(.enabled(if: DescriptorLimit.raise() > 1200, "needs 1,200 descriptors"))
    func whatHasNoBitIsRefused() throws {
        try withServer(stage, ["--max-connections", "1100"]) { server in
            let refusal = Reply.error("ERR max number of clients reached")
            var served: [TestClient] = []
            var refused = 0
            for number in 1...1060 {
                let client = try server.newClient()
                do {
                    switch try client.ask("PING") {
                    case stage.pong: served.append(client)
                    case refusal: refused += 1
                    case let reply: check(false, "A new client got \(reply.testDescription).")
                    }
                } catch Reply.Failure.timedOut {
                    // Another one would wait as long, and so would the end of this test.
                    return check(
                        false,
                        "Client \(number) of 1,060 is connected, and nobody answers it: it is neither served nor refused."
                    )
                } catch {
                    // A refused client's PING meets a closed connection.
                    refused += 1
                }
            }
            tell("of 1,060 clients \(served.count) were served and \(refused) refused")
            check(
                refused > 0, "All of 1,060 clients were let in. A fd_set has bits for 1,024 numbers, from 0 to 1,023.")
            check(served.count > 900, "Only \(served.count) clients were served. There is room for about 1,000.")
            for client in served.suffix(10) + served.prefix(10) { try client.expect("PING", stage.pong) }
            for client in served.prefix(50) { client.close() }
            // There are free numbers again, below 1,024.
            try server.untilRoom("after 50 clients have left, there is room for another one")
        }
    }

    @Test func aReplyThatDoesNotFitComesWhole() throws {
        try withServer(stage) { server in try server.checkStalledReader(stage) }
    }

    @Test func timePasses() throws {
        try withServer(stage, ["--idle-timeout", "1"]) { server in
            let client = try server.answeredClient()
            try eventually("a silent client is closed after a second: select got its timeout") { client.hasInput }
        }
    }
}
