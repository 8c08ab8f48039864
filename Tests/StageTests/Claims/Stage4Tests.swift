// Stage 4: the list of descriptors stays in the kernel (epoll), and the protocol is Redis's.

import LabKit
import Shared
import Testing

@Suite("Stage 4", .serialized, .waits) struct Stage4Tests {
    var stage = Stage.epoll

    @Test(arguments: Contract.clauses(of: .epoll)) func contract(_ clause: Contract.Clause) throws {
        try clause.check(stage)
    }

    /// What stage 5 is better at, by the same measure as there.
    @Test func pipelinedRequestsCostAWriteEach() throws {
        try withServer(stage) { server in
            let client = try server.servedClient()
            let cost = try server.callsForSixteenRequests(client, stage)
            #expect(cost.reads == 1 && cost.writes == 16)
        }
    }

    /// Stage 3's protocol is another, and its server would take this for the length of a frame.
    @Test func itSpeaksRESP() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            for request in ["*1\r\n$4\r\nPING\r\n", "PING\r\n", "ping\n"] {
                try client.send(bytes: request.bytes)
                #expect(try client.receiveBytes() == "+PONG\r\n".bytes)
            }
        }
    }

    /// A change of interest is a call here. In stage 3's cycle there are two for each request.
    @Test(.enabled(if: Strace.isAvailable, Strace.reason))
    func interestChangesOnlyWhenAReplyDoesNotFit() throws {
        let calls = try Strace.calls("epoll_ctl", of: stage) { server in
            let client = try server.newClient()
            for _ in 0..<200 { #expect(try client.ask("PING") == stage.pong) }
            for _ in 0..<3 { #expect(try client.ask("GET nobody") == .null) }
            let reply = try server.stall(client, bytes: 16 << 20)
            try server.untilAsleep()
            #expect(try client.receive() == reply)
            #expect(try client.ask("PING") == stage.pong)
        }
        let changes = calls.filter { $0.contains("EPOLL_CTL_MOD") }
        #expect(changes.count == 2, "one to wait for room, one back, in 206 requests: \(changes)")
        #expect(calls.filter { $0.contains("EPOLL_CTL_ADD") }.count == 2, "the listener and the client: \(calls)")
    }

    /// Stage 3 hands all of them to the kernel each time: see `theWholeListGoesToTheKernelEachTime` there.
    @Test(.enabled(if: Strace.isAvailable, Strace.reason)) func idleConnectionsAreNotPartOfATurn() throws {
        try CheckClause.idleClientsAreFree.check(stage: stage)
    }
}

extension ServerProcess {
    /// Sends sixteen requests in one write, and waits until they are answered and the calls are counted.
    func callsForSixteenRequests(
        _ client: TestClient, _ stage: Stage, sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> (reads: Int, writes: Int) {
        try calls {
            try client.send(bytes: (1...16).flatMap { stage.encode("ECHO \($0)") })
            for number in 1...16 {
                #expect(try client.receive() == .string("\(number)"), sourceLocation: sourceLocation)
            }
        }
    }
}
