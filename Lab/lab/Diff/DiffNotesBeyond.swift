// Why Pool differs from stage 2, Kqueue from stage 4 and Cores from stage 5: see DiffNotes.swift.

extension DiffNote {
    static let pool = [
        DiffNote(
            .pool, "Server.swift", "The idea in one line.",
            test: "PoolTests.aPoolOfWorkersServesAsManyClientsAsItHasThreads", at: "as many clients as there are"),
        DiffNote(
            .pool, "Server.swift",
            "A fixed number of threads, each of which does what stage 1 does; the main thread only waits for the signal.",
            test: "PoolTests.aPoolOfWorkersServesAsManyClientsAsItHasThreads", at: "private let workers: Int",
            "workers = options.workers", "for _ in 0..<workers", "serve(descriptor)"),
        DiffNote(
            .pool, "Server.swift",
            "The threads are the limit: nobody gets a new one, and nobody is rejected because there is none.",
            test: "PoolTests.aPoolEndsThoughAllWorkersWaitForTheirClients", at: "private func admit",
            "$0.insert(number) }"),
    ]

    static let kqueue = [
        DiffNote(
            .kqueue, "Poller.swift",
            "A filter each for reading and for writing, instead of a mask: they are armed apart, and reported apart.",
            test: "Contract: after a half-close, replies to what was sent still come", at: "static let filters",
            "It is of one filter."),
        DiffNote(
            .kqueue, "Poller.swift",
            "A change of the list is not a call: it is kept, and told to the kernel with the next wait.",
            test: "KqueueTests.changesTravelWithTheWait", at: "private var changes", "control(EPOLL_CTL_ADD",
            "EPOLL_CTL_MOD", "let changed = interest", "changes.removeAll(keepingCapacity"),
        DiffNote(
            .kqueue, "Poller.swift",
            "Only the last change cannot be kept, since a number is used again at once: whatever is still in the list goes, "
                + "and the filters are deleted now.",
            test: "Contract: connections closed and opened at one moment are not mistaken for each other",
            at: "EV_RECEIPT"),
        DiffNote(
            .kqueue, "Poller.swift",
            "So an error comes late, as an entry among the events; and the change has to be made again.",
            test: "KqueueTests.aChangeThatFailedIsMadeAgain", at: "UInt16(EV_ERROR)"),
        DiffNote(
            .kqueue, "Poller.swift",
            "Otherwise the same under other names: the list is a descriptor, and one call waits.",
            test: "Contract: one thread serves them all", at: "let number = kqueue()",
            "The corresponding C function is `kevent`"),
    ]

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
