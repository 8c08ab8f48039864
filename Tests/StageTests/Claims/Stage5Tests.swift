// Stage 5: all requests that have arrived, for one read and one write.

import LabKit
import Shared
import Testing

@Suite("Stage 5", .serialized, .waits) struct Stage5Tests {
    var stage = Stage.pipelining

    @Test(arguments: Contract.clauses(of: .pipelining)) func contract(_ clause: Contract.Clause) throws {
        try clause.check(stage)
    }

    /// Stage 4 fails this: it writes each reply by itself.
    @Test func sixteenPipelinedRequestsCostOneReadAndOneWrite() throws {
        try withServer(stage) { server in
            let client = try server.servedClient()
            for _ in 0..<10 {
                let cost = try server.callsForSixteenRequests(client, stage)
                #expect(cost.reads == 1 && cost.writes == 1)
            }
        }
    }

    /// The same, as `lab check` asks it of any program.
    @Test(.enabled(if: Strace.isAvailable, Strace.reason)) func sixteenPipelinedRequestsCostFewWrites() throws {
        try CheckClause.fewWrites.check(stage: stage)
    }

    /// Stage 4 fails this. As many requests as one `read` brings, which is more than one batch of look-ups. How long a turn
    /// may take is a matter of time, so an unlucky one may be cut in two.
    @Test(.withoutSanitizer("a full read then takes longer than a turn")) func aFullReadCostsOneWrite() throws {
        let requests = (0..<1170).flatMap { _ in stage.encode("PING") }
        try withServer(stage) { server in
            let client = try server.newClient()
            var writes: [Int] = []
            for _ in 0..<20 where writes.min() != 1 {
                let cost = try server.calls {
                    try client.send(bytes: requests)
                    for _ in 0..<1170 { #expect(try client.receive() == stage.pong) }
                }
                #expect(cost.reads <= 2)
                writes.append(cost.writes)
            }
            #expect(writes.min() == 1, "\(writes) writes for 1,170 requests")
        }
    }

    /// A client that keeps thousands of requests in flight, and reads: there is never a change of interest. Nor when they
    /// take more than one turn's time, as KEYS does.
    @Test(.enabled(if: Strace.isAvailable, Strace.reason))
    func deepPipelinesChangeNoInterest() throws {
        let calls = try Strace.calls("epoll_ctl", of: stage) { server in
            let client = try server.newClient()
            for _ in 0..<20 {
                client.sendInBackground((0..<5000).flatMap { _ in stage.encode("PING") })
                for _ in 0..<5000 { #expect(try client.receive() == stage.pong) }
                server.readOutput(waiting: 0)
            }
            let keys = (0..<2000).map { "key:\($0) value" }.joined(separator: " ")
            #expect(try client.ask("MSET \(keys)") == stage.ok)
            client.sendInBackground((0..<300).flatMap { _ in stage.encode("KEYS nothing") })
            for _ in 0..<300 { #expect(try client.receive() == .array([])) }
        }
        #expect(!calls.contains { $0.contains("EPOLL_CTL_MOD") }, "\(calls)")
    }

    /// A request that has arrived in part does not hold back the replies to those before it.
    @Test func whatIsCompleteIsAnsweredAtOnce() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            let bytes = stage.encode("INCR n", "INCR n", "INCR n", "INCR n")
            for _ in 0..<2 {
                try client.send(bytes: bytes.dropLast(5))
                for _ in 0..<3 { _ = try client.receive() }
                #expect(!client.hasInput)
                try client.send(bytes: bytes.suffix(5))
                _ = try client.receive()
            }
            #expect(try client.ask("GET n") == .string("8"))
        }
    }

    /// Several clients pipeline at the same time, and each gets its own replies.
    @Test func pipelinesOfSeveralClientsDoNotMix() throws {
        try withServer(stage) { server in
            let clients = try (0..<20).map { _ in try server.newClient() }
            try server.pause()
            for (index, client) in clients.enumerated() {
                try client.send(bytes: (0..<50).flatMap { stage.encode("SET \(index) \($0)", "GET \(index)") })
            }
            server.resume()
            for client in clients {
                for number in 0..<50 {
                    #expect(try client.receive() == stage.ok)
                    #expect(try client.receive() == .string("\(number)"))
                }
            }
        }
    }
}
