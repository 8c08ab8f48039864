// Stage 2: a thread for each client.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

@Suite("Stage 2", .serialized, .waits) struct Stage2Tests {
    private let stage = Stage.threads

    @Test(arguments: Contract.clauses(of: .threads)) func contract(_ clause: Contract.Clause) throws {
        try clause.check(stage)
    }

    @Test func eachClientHasAThreadForAsLongAsItStays() throws {
        try withServer(stage) { server in
            try server.expectService(stage)
            try server.untilThreads(1)
            let clients = try server.servedClients(20)
            try server.untilThreads(21)
            for client in clients[..<12] { client.close() }
            try server.untilThreads(9)
            for client in clients[12...] { #expect(try client.ask("PING") == stage.pong) }
        }
    }

    /// The kernel gives a closed number to the next connection at once: here, while the thread that closed it is still
    /// in `close`. If that thread takes the number off the list only now, there seem to be two connections of one number.
    @Test(.enabled(if: Tracer.obstacle == nil, "calls cannot be slowed down here"))
    func aNumberIsTakenOffTheListBeforeItIsFree() throws {
        try withServer(stage) { server in
            let tracer = try Tracer(server, injecting: Fault("close", effect: "delay_exit=300000"))
            for _ in 0..<10 {
                let client = try server.newClient()
                #expect(try client.ask("QUIT") == stage.ok)
                // It ends within `close`.
                try client.expectEnd()
                let newClient = try server.newClient()
                let reply = try newClient.ask("PING")
                #expect(reply == stage.pong, "the number of a client that has left is still on the list")
            }
            tracer.detach()
        }
    }
}
