// Clients that vanish without a word. How else they can leave is in Lab/Kit/Check/EndingClauses.swift.

import LabKit
import Shared
import Testing

extension Contract {
    static let endingClauses = [
        Clause("clients that have vanished without a word are found out: SO_KEEPALIVE", vanishedPeers)
    ]

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
