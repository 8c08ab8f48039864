// Stage 1.

import LabKit
import Shared
import Testing

@Suite("Stage 1", .serialized) struct Stage1Tests {
    private let stage = Stage.sync

    @Test(arguments: Contract.clauses) func contract(_ clause: Contract.Clause) throws {
        let t = Clock.monotonic
        defer { print("TIME", Clock.monotonic - t, clause.name) }
        try clause.check(stage)
    }


}
