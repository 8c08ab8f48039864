// Why Cores differs from stage 5, hunk by hunk: see DiffNotes.swift.

import LabKit

extension DiffNote {
    static let cores = [
        DiffNote(
            .cores, "Server.swift", "The idea in one line: what was the whole server is one loop of several.",
            test: "CoresTests.eachLoopIsAThread", at: "each thread goes round", "/// One loop of several",
            "of loops: Loops)"),
        DiffNote(
            .cores, "Server.swift",
            "The store is lent for a batch, and stage 2's lock is around the loan. No system call is made within it.",
            test: "CoresTests.aCommandOnManyKeysIsOneStepForAllLoops", at: "loops.withStore", "store.advance(to:"),
        DiffNote(
            .cores, "Server.swift",
            "One loop is asked to come back for expired keys, and the others sleep on.",
            test: "CoresTests.oneLoopWakesForExpiredKeys", at: "loops.timeToNextRound"),
        DiffNote(
            .cores, "Server.swift", "The limit is for all loops together, so they count together.",
            test: "CoresTests.theLimitOfConnectionsIsForAllLoopsTogether", at: "loops.admit(to:",
            "loops.connectionHasClosed()"),
        DiffNote(
            .cores, "Server.swift", "One line at the end tells what all of them did.",
            test: "CoresTests.itEndsThoughAllLoopsAreBusy", at: "ServerProgram.end("),
        DiffNote(
            .cores, "Loops.swift", "What the loops share, and how they start and end: this file is new.",
            test: "CoresTests.connectionsAreSpreadOverTheLoops", at: "final class Loops"),
    ]
}
