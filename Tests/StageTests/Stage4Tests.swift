// Stage 4.

import LabKit
import Shared
import Testing

@Suite("Stage 4", .serialized) struct Stage4Tests {
    private let stage = Stage.epoll

    @Test(arguments: Contract.clauses) func contract(_ clause: Contract.Clause) throws {
        let t = Clock.monotonic
        defer { print("TIME", Clock.monotonic - t, clause.name) }
        try clause.check(stage)
    }

    @Test(arguments: Contract.concurrencyClauses) func concurrency(_ clause: Contract.Clause) throws {
        let t = Clock.monotonic
        defer { print("TIME", Clock.monotonic - t, clause.name) }
        try clause.check(stage)
    }

    @Test(arguments: Contract.eventLoopClauses) func eventLoop(_ clause: Contract.Clause) throws {
        let t = Clock.monotonic
        defer { print("TIME", Clock.monotonic - t, clause.name) }
        try clause.check(stage)
    }
}
