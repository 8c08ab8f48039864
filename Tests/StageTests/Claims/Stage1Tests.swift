// Stage 1: blocking calls, one client at a time.

import LabKit
import Shared
import Testing

@Suite("Stage 1", .serialized, .waits) struct Stage1Tests {
    private let stage = Stage.sync

    @Test(arguments: Contract.clauses(of: .sync)) func contract(_ clause: Contract.Clause) throws {
        try clause.check(stage)
    }

    /// Connected is not served: the kernel completes the connection, and keeps it until somebody accepts it. Stage 2
    /// is tested for the opposite.
    @Test func theSecondClientIsConnectedAndWaits() throws {
        try withServer(stage) { server in
            let first = try server.newClient()
            #expect(try first.ask("SET key 1") == stage.ok)
            let second = try server.newClient()
            try second.send("GET key")
            // The server is not busy: it answers the first, a hundred times.
            for number in 2...101 { #expect(try first.ask("INCR key") == .integer(Int64(number))) }
            #expect(!second.hasInput, "the second client was answered while the first was there")
            first.close()
            #expect(try second.receive() == .string("101"))
        }
    }

    @Test func newConnectionsWaitInTheirOrder() throws {
        try withServer(stage, ["--max-connections", "1"]) { server in
            let clients = try (0..<5).map { _ in try server.newClient() }
            for client in clients { try client.send("INCR n") }
            for (index, client) in clients.enumerated() {
                #expect(try client.receive() == .integer(Int64(index + 1)))
                #expect(clients[(index + 1)...].allSatisfy { !$0.hasInput })
                client.close()
            }
        }
    }

    /// A half-sent request is enough to hold up everybody.
    @Test func aHalfSentRequestHoldsUpTheOthers() throws {
        try withServer(stage) { server in
            let first = try server.newClient()
            let request = stage.encode("ECHO first")
            try server.untilRead(9) { try first.send(bytes: request[..<9]) }
            let second = try server.newClient()
            try second.send("ECHO second")
            try server.untilAsleep()
            #expect(!second.hasInput)
            try first.send(bytes: request[9...])
            #expect(try first.receive() == .string("first"))
            #expect(!second.hasInput)
            first.reset()
            #expect(try second.receive() == .string("second"))
        }
    }
}
