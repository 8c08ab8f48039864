// Stage 3.

import LabKit
import Shared
import Testing

@Suite("Stage 3", .serialized) struct Stage3Tests {
    private let stage = Stage.poll

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
