// System calls, seen with strace: what a request costs, on which the comparison between the stages rests, and a call whose
// effect is a matter of time.

import LabKit
import Shared
import Testing

extension Contract {
    static let callClauses = [
        Clause("one request of one client costs three system calls", threeCalls),
        Clause("a reply is sent at once: TCP_NODELAY", noDelay),
    ]

    /// Stages 1 and 2 read the length, read the rest, and write. The loops wait, read, and write; with io_uring they submit
    /// and wait at once. Every call of every thread counts, but those by which the allocator asks for memory, now and then;
    /// those of the start and the end are the same in a run with more requests.
    private static func threeCalls(_ stage: Stage) throws {
        guard Strace.isAvailable else { return print("skipped: calls per request of \(stage): \(Strace.reason)") }
        let memory = ["brk", "mmap", "munmap", "mremap"]
        let counts = try [50, 150].map { count in
            let calls = try Strace.calls("all", of: stage) { server in
                let client = try server.newClient()
                for _ in 0..<count {
                    #expect(try client.ask("PING") == stage.pong)
                    server.readOutput(waiting: 0)
                }
                client.close()
                try server.expectConnections(0, stage)
            }
            return calls.map { String($0.prefix { $0 != "(" }) }.count { !memory.contains($0) }
        }
        // Of threads that come and go at the same time, some calls are printed in a way that is not counted rightly.
        let each = Double(counts[1] - counts[0]) / 100
        #expect(abs(each - Double(stage.callsPerRequest)) <= 0.2, "\(each) calls for a request")
    }

    /// What it is good for is a matter of time, which tests do not measure; so the call is looked for. Connections inherit
    /// it from the listener: one call, however many clients come.
    private static func noDelay(_ stage: Stage) throws {
        guard Strace.isAvailable else { return print("skipped: TCP_NODELAY of \(stage) \(Strace.reason)") }
        let calls = try Strace.calls("setsockopt", of: stage) { server in
            for _ in 0..<3 { try server.expectService(stage) }
        }
        #expect(calls.count { $0.contains("TCP_NODELAY, [1]") } == 1, "\(calls)")
    }
}
