// What clients leave behind. How they can leave is in Lab/Kit/Check/EndingClauses.swift.

import LabKit
import Shared
import Testing

extension Contract {
    static let endingClauses = [
        Clause(
            "clients that have left leave no memory in use", withoutSanitizer: "it keeps what was freed", nothingIsLeft),
        Clause("clients that have vanished without a word are found out: SO_KEEPALIVE", vanishedPeers),
    ]

    private static func nothingIsLeft(_ server: ServerProcess, _ stage: Stage) throws {
        let idle = try server.facts
        let request = ["ECHO".bytes, [UInt8](repeating: 7, count: 100_000)]
        func visit(_ count: Int) throws -> ProcessFacts {
            for number in 0..<count {
                let client = try server.newClient()
                #expect(try client.call(request) == .string(request[1]))
                if number % 2 == 1 { client.reset() }
            }
            try eventually("all have left") { try server.facts.descriptors == idle.descriptors }
            return try server.facts
        }
        let (before, after) = (try visit(1), try visit(300))
        let growth = after.residentMemory - before.residentMemory
        // A buffer left behind by each would be 30 MB.
        #expect(growth < 8 << 20, "\(growth) bytes after 300 clients, \(before.residentMemory) before")
    }

    /// As many as there may be. After them nobody would ever be let in again. (The servers ask after a minute, and give up
    /// after two; here they are made to hurry.)
    private static func vanishedPeers(_ stage: Stage) throws {
        let count = stage.isConcurrent ? 4 : 1
        try withServer(stage, ["--max-connections", "\(count)"]) { server in
            guard server.hastenKeepAlive() else {
                return print("skipped: clients of \(stage) that vanish, because its sockets are out of reach here")
            }
            let clients = try server.servedClients(count)
            for client in clients { try client.vanish() }
            try server.untilRoom()
            try server.expectConnections(0, stage)
            extendLifetime(clients)
        }
    }
}
