// What a request costs in system calls, counted with strace: the comparison between the stages rests on it.

import LabKit
import Shared
import Testing

extension Contract {
    static let callClauses = [
        Clause("one request of one client costs three system calls", threeCalls)
    ]

    /// Stages 1 and 2 read the length, read the rest, and write. The loops wait, read, and write. Every call of the whole
    /// program counts; those of its start and its end are the same in a run with more requests.
    private static func threeCalls(_ stage: Stage) throws {
        guard Strace.isAvailable else { return print("skipped: calls per request of \(stage): \(Strace.reason)") }
        let counts = try [50, 150].map { count in
            try Strace.calls("all", of: stage) { server in
                let client = try server.newClient()
                for _ in 0..<count {
                    #expect(try client.ask("PING") == stage.pong)
                    server.readOutput(waiting: 0)
                }
            }.count
        }
        #expect(counts[1] - counts[0] == 300, "\(counts[1] - counts[0]) calls for 100 requests")
    }
}
