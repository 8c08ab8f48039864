// Beyond stage 2: a pool of threads.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

@Suite("Pool", .serialized, .waits) struct PoolTests {
    private let stage = Stage.pool

    @Test(arguments: Contract.clauses(of: .pool)) func contract(_ clause: Contract.Clause) throws {
        try clause.check(stage)
    }

    @Test func aPoolOfWorkersServesAsManyClientsAsItHasThreads() throws {
        try withServer(stage, ["--workers", "3"]) { server in
            // And the main thread, which waits for a signal.
            try server.untilThreads(4)
            let clients = try server.servedClients(3)
            let fourth = try server.newClient()
            try fourth.send("ECHO fourth")
            for client in clients + clients { #expect(try client.ask("PING") == stage.pong) }
            #expect(!fourth.hasInput, "there are three workers, and all have a client")
            clients[1].close()
            #expect(try fourth.receive() == .string("fourth"))
            try server.untilThreads(4)
        }
    }

    @Test(arguments: [SIGTERM, SIGINT]) func aPoolEndsThoughAllWorkersWaitForTheirClients(_ signal: CInt) throws {
        try withServer(stage, ["--workers", "2"]) { server in
            let clients = try server.servedClients(2)
            #expect(server.endPatiently(with: signal) == .exited(0))
            for client in clients { try client.expectEnd() }
        }
    }

    @Test func aPoolLosesNoIncrement() throws {
        try CheckClause.increments.check(stage: stage, ["--workers", "8"])
    }
}
