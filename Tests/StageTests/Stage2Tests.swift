// Stage 2.

import LabKit
import Shared
import Testing

@Suite("Stage 2", .serialized) struct Stage2Tests {
    private let stage = Stage.threads

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

}
