// Count the changes of interest.

import LabKit
import Shared
import Testing

@Suite("Count changes", .serialized) struct CountChanges {
    private let stage = Stage.epoll

    @Test func aHundredRequestsChangeNothing() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            for _ in 0..<100 { try client.expect("PING", stage.pong) }
            let count = try server.count("changes of interest")
            tell("one client, 100 requests: \(count) calls of epoll_ctl")
            check(count >= 2, "\(count) calls were counted. The listener and the client were added: that is two.")
            check(count <= 5, "\(count) calls were counted. Count where epoll_ctl is called, not where it might be.")
        }
    }

    @Test func aReplyThatDoesNotFitChangesTwice() throws {
        let counts = try [false, true].map { isSlow in
            var count = 0
            try withServer(stage) { server in
                let client = try server.newClient()
                let value = [UInt8](repeating: 7, count: 16 << 20)
                check(try client.call(["SET".bytes, "big".bytes, value]) == stage.ok, "A value was not stored.")
                if isSlow {
                    client.limitReceiveBuffer()
                    try client.send("GET big")
                    try server.untilAsleep()
                    check(try client.receive() == .string(value), "A reply of 16 MB did not come whole.")
                }
                count = try server.count("changes of interest")
            }
            return count
        }
        tell("with a reply of 16 MB that had to wait: \(counts[1] - counts[0]) calls more")
        check(
            counts[1] - counts[0] == 2,
            "A reply that had to wait should cost two calls more: to wait for room, and back.")
    }
}
