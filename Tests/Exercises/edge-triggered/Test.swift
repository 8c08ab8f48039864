// Edge-triggered, done right.

import LabKit
import Shared
import Testing

@Suite("Edge-triggered", .serialized) struct EdgeTriggered {
    private let stage = Stage.epoll

    @Test func theListSaysSoAndStaysAsItIs() throws {
        try withServer(stage) { server in
            let client = try server.answeredClient()
            let before = server.epollMasks
            check(before.count == 2, "epoll's list (/proc/PID/fdinfo) has \(before.count) entries, not two.")
            let isEdge = before.allSatisfy { $0 >> 31 == 1 }
            check(
                isEdge,
                "An entry of epoll's list is level-triggered: its events are \(before.map { String($0, radix: 16) }).")
            guard storesLongValue(server) else { return }
            try server.checkStalledReader(stage) { _ in
                try server.untilAsleep()
                let during = server.epollMasks
                let isSame = during.allSatisfy { $0 == before[0] || before.contains($0) }
                check(isSame, "While a reply waits for room, the list was changed: that is a call of epoll_ctl.")
            }
        }
    }

    /// What is to be read in several pieces. Where that fails, nothing that needs a long value can be tried.
    private func storesLongValue(_ server: ServerProcess) -> Bool {
        let value = [UInt8](repeating: 7, count: 8 << 20)
        let reply = try? server.newClient().call(["SET".bytes, "big".bytes, value])
        check(reply == stage.ok, "A request of 8 MB got no reply: after the first `read` the rest of it was not read.")
        return reply == stage.ok
    }

    @Test func aRequestStillCostsThreeCalls() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            for _ in 0..<200 { try client.expect("PING", stage.pong) }
            let summary = try Summary(ending: server)
            let each = [summary.waits, summary.reads, summary.writes].map { rounded(Double($0) / 200) }
            tell("one request: \(each[0]) waits, \(each[1]) reads, \(each[2]) writes")
            // A server that reads until EAGAIN makes two, and is right as well.
            check(
                summary.reads <= 2 * 200 + 2,
                "A request costs \(each[1]) reads. After a short read, or EAGAIN, there is no more.")
        }
    }

    @Test func aRequestLargerThanAReadComesWhole() throws {
        try withServer(stage) { server in
            for _ in 1...3 where !storesLongValue(server) { return }
        }
    }

    @Test func newConnectionsThatComeAtOnceAreAllServed() throws {
        try withServer(stage) { server in
            try server.pause()
            let clients = try (0..<200).map { _ in try server.newClient() }
            for client in clients { try client.send("PING") }
            server.resume()
            var served = 0
            // In their order, up to the first that gets nothing.
            while served < 200, (try? clients[served].receive()) == stage.pong { served += 1 }
            check(
                served == 200,
                "Of 200 clients that came at once, only the first \(served) were served. A turn accepts 64.")
        }
    }

    @Test func pipelinesAndPiecesAreAnswered() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            client.sendInBackground((0..<3000).flatMap { stage.encode("ECHO \($0)") })
            for number in 0..<3000 {
                guard (try? client.receive()) == .string("\(number)") else {
                    return check(false, "Of 3,000 requests in flight, reply \(number) is wrong, or did not come.")
                }
            }
            for byte in stage.encode("ECHO slowly") { try server.untilRead(1) { try client.send(bytes: [byte]) } }
            check(try client.receive() == .string("slowly"), "A request that came byte by byte was not answered.")
        }
    }

    /// Its requests arrive while it waits for room: their edge comes when nobody wants to read.
    @Test func whatArrivesWhileAReplyWaitsIsNotForgotten() throws {
        try withServer(stage) { server in
            guard storesLongValue(server) else { return }
            // Its reply comes before the one to the PING that is sent at the end: the two are the same.
            try server.checkStalledReader(stage) { client in
                try client.send("PING")
                try server.untilAsleep()
            }
        }
    }

    /// Its edge comes while requests that were read before are still being answered, turn after turn.
    @Test func whatArrivesBetweenTwoTurnsOfAClientIsNotForgotten() throws {
        try withServer(stage) { server in
            let (client, slow) = (try server.newClient(), 24)
            let keys = (0..<5000).map { "key:\($0) x" }.joined(separator: " ")
            guard (try? client.ask("MSET \(keys)")) == stage.ok else {
                return check(false, "A request of 5,000 keys got no reply.")
            }
            // Each looks at all keys, and finds none.
            try client.send(bytes: (0..<slow).flatMap { _ in stage.encode("KEYS none*") })
            for number in 1...slow {
                check((try? client.receive()) == .array([]), "A reply to KEYS is wrong, or did not come.")
                if number == 1 { try client.send("PING") }
            }
            check(
                (try? client.receive()) == stage.pong,
                "A request came while its client's last ones were still being answered, and was forgotten.")
        }
    }

    /// A request and the end of the stream arrive together, so there is one edge for both, and a short read.
    @Test func theEndIsSeenThatComesWithARequest() throws {
        try withServer(stage) { server in
            let client = try server.answeredClient()
            try server.pause()
            try client.send("PING")
            client.endSending()
            server.resume()
            check((try? client.receive()) == stage.pong, "A request that came with the end of the stream got no reply.")
            check(
                (try? client.receiveBytes()) == [],
                "A request and the end of the stream came together: it was answered, and the end not seen.")
        }
    }
}
