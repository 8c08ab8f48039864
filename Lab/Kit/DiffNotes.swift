// Why each stage differs from the one before, hunk by hunk. `lab diff` prints these above the hunks; a hunk that none of
// them explains fails a test, and so does an anchor that is in no hunk.

extension DiffNote {
    public static let all = threads + poll + epoll + epollPoller + pipelining

    // MARK: 1 to 2

    private static let threads = [
        DiffNote(
            .threads, "main.swift", "A thread for each client; a server whose threads share it.",
            test: "Stage2Tests.eachClientHasAThreadForAsLongAsItStays", at: "Stage 2: a thread for each client"),
        DiffNote(
            .threads, "main.swift", "What threads share has a lock: the store, and the list of who is connected.",
            test: "Contract: increments from many connections at once lose nothing", at: "Locked<KeyValueStore>",
            "Locked(KeyValueStore(", "store.withLock { store in"),
        DiffNote(
            .threads, "main.swift",
            "The other classic, with --workers: a fixed number of threads that each do what stage 1 does.",
            test: "Stage2Tests.aPoolOfWorkersServesAsManyClientsAsItHasThreads", at: "for _ in 0..<options.workers"),
        DiffNote(
            .threads, "main.swift", "Accepting goes on at once: a newcomer is handed to a thread of its own.",
            test: "Contract: a second client is answered while the first is silent", at: "(let descriptor): admit(",
            "try Thread.start(stackSize: Self.stackSize) { self.serve("),
        DiffNote(
            .threads, "main.swift", "A newcomer above the limit is told so, since each costs a thread.",
            test: "Contract: a newcomer above --max-connections is told, and closed", at: "guard isAdmitted"),
        DiffNote(
            .threads, "main.swift", "At the end every thread that waits for its client has to be woken.",
            test: "Contract: SIGTERM ends it though a client is connected and silent", at: "private func endConnections"
        ),
    ]

    // MARK: 2 to 3

    private static let poll = [
        DiffNote(
            .poll, "main.swift", "One loop instead of many threads, so no lock: wait, then do what can be done now.",
            test: "Contract: one thread serves them all", at: "while !StopSignal.isRaised"),
        DiffNote(
            .poll, "main.swift",
            "Newcomers come last in a turn, since they get the numbers of those who just left. (A second line of defence here.)",
            test: "Contract: leavers and newcomers at one moment are not mistaken for each other",
            at: "if hasNewcomers { try acceptConnections() }"),
        DiffNote(
            .poll, "main.swift",
            "Without a descriptor for a newcomer the loop must not be woken by it again and again.",
            test: "Contract: without a descriptor for a newcomer it neither ends nor spins, and serves later",
            at: "private mutating func setAccepting"),
        DiffNote(
            .poll, "Connection.swift",
            "Where a client stands was a place on a thread's stack. Here it is in fields, and what it waits for is returned.",
            test: "Stage3Tests.clientsThatStallHoldUpNobodyAndNeedNoThread", at: "func respond(to event"),
        DiffNote(
            .poll, "Connection.swift",
            "Bytes that are here already raise no event: the next request is looked for after a reply.",
            test: "Contract: many requests in one write are all answered, in order", at: "One request at a time"),
        DiffNote(
            .poll, "Poller.swift", "The whole list goes to the kernel each time, and is searched when it comes back.",
            test: "Stage3Tests.theWholeListGoesToTheKernelEachTime", at: "private var watched: [pollfd]"),
    ]

    // MARK: 3 to 4

    private static let epoll = [
        DiffNote(
            .epoll, "main.swift", "Nothing but the header and the name: the loop does not know how its poller works.",
            test: "NeighbourTests.theLoopIsTheSameInStages3To5", at: "Stage 4: one thread for all clients"),
        DiffNote(
            .epoll, "Connection.swift", "The protocol is Redis's.",
            test: "Stage4Tests.itSpeaksRESP", at: "Encoding.resp2", "RESPCodec.decode"),
        DiffNote(
            .epoll, "Connection.swift",
            "A change of interest is a system call now, so the reply is written first, and room is waited for only when it "
                + "does not fit.",
            test: "Stage4Tests.interestChangesOnlyWhenAReplyDoesNotFit", at: "only a part is sent──▶ .write",
            "for _ in 0..<Self.requestsPerTurn"),
        DiffNote(
            .epoll, "Connection.swift",
            "Requests are answered without a turn in between, and so their number in a turn has a bound.",
            test: "Contract: a client that has sent thousands of requests gets a bounded share of a turn",
            at: "static let requestsPerTurn = 64", "Also when others have waited long enough"),
    ]

    private static let epollPoller = [
        DiffNote(
            .epoll, "Poller.swift", "The kernel keeps the list, and reports only who is ready.",
            test: "Stage4Tests.idleConnectionsAreNotPartOfATurn", at: "The kernel keeps `epoll`'s list",
            "private let epoll: FileDescriptor", "corresponding C function is `epoll_wait`", "unsafe epoll_wait("),
        DiffNote(
            .epoll, "Poller.swift", "Each change of the list is a call of its own: epoll_ctl.",
            test: "Stage4Tests.interestChangesOnlyWhenAReplyDoesNotFit", at: "EPOLL_CTL_MOD"),
        DiffNote(
            .epoll, "Poller.swift", "The same two marks under the names of epoll.",
            test: "Contract: after a half-close, replies to what was sent still come", at: "rawValue: EPOLLIN.rawValue",
            "unsafe entry.data.fd"),
    ]

    // MARK: 4 to 5

    private static let pipelining = [
        DiffNote(
            .pipelining, "main.swift", "Nothing but the header and the name, again.",
            test: "NeighbourTests.theLoopIsTheSameInStages3To5", at: "Stage 5: as many requests as have arrived"),
        DiffNote(
            .pipelining, "Connection.swift",
            "One read, then all the requests it brought, then one write for their replies.",
            test: "Stage5Tests.sixteenPipelinedRequestsCostOneReadAndOneWrite", at: "execute all of them",
            "One write for the replies to all", "private mutating func answerRequests"),
        DiffNote(
            .pipelining, "Connection.swift",
            "A client that does not read must not fill the server's memory: above a mark its requests wait.",
            test: "Contract: a client that never reads costs a bounded amount of memory, and is answered when it reads",
            at: "static let highWaterMark", "Requests that have been read already raise"),
    ]
}
