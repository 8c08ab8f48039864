// Why each server differs from the one it is compared with, hunk by hunk. `lab diff` prints these above the hunks. A hunk
// that none of them explains fails a test (main.swift tells its story itself), and so does an anchor that is in no hunk.

import LabKit

extension DiffNote {
    static let all = threads + poll + epoll + pipelining + pool + cores + kqueue + uring

    // MARK: 1 to 2

    private static let threads = [
        DiffNote(
            .threads, "Server.swift", "The idea in one line, and the object that all threads share.",
            test: "Stage2Tests.eachClientHasAThreadForAsLongAsItStays", at: "// Which clients are served",
            "final class Server"),
        DiffNote(
            .threads, "Server.swift", "What threads share has a lock: the store, and the list of connections.",
            test: "Contract: increments from many connections at once lose nothing", at: "Locked<KeyValueStore>",
            "Locked(KeyValueStore(", "store.withLock { store in"),
        DiffNote(
            .threads, "Server.swift", "Accepting goes on at once: each client is handed to a thread of its own.",
            test: "Contract: a second client is answered while the first is silent", at: "(let descriptor): admit(",
            "Thread.start(with: descriptor"),
        DiffNote(
            .threads, "Server.swift",
            "The kernel may give a closed number to the next connection at once: so it is taken off the list first.",
            test: "Stage2Tests.aNumberIsTakenOffTheListBeforeItIsFree", at: "// Before closing:"),
        DiffNote(
            .threads, "Server.swift", "When the server exits, every thread that waits for its client has to be woken.",
            test: "Contract: SIGTERM ends it though a client is connected and silent",
            at: "private func endConnections", "store.withLock { $0.requestCount }"),
    ]

    // MARK: 2 to 3

    private static let poll = [
        DiffNote(
            .poll, "Connection.swift",
            "Where a client stands was a place on a thread's stack. Here it is in fields, and what it waits for is returned.",
            test: "Stage3Tests.clientsThatStallHoldUpNobodyAndNeedNoThread", at: "private var reachedEOF"),
        DiffNote(
            .poll, "Server.swift",
            "Bytes that have been read raise no new event: the next request is looked for after each reply.",
            test: "Contract: many requests in one write are all answered, in order", at: "raises no new event"),
        DiffNote(
            .poll, "Server.swift", "One loop instead of many threads, so no lock: wait, then do what can be done now.",
            test: "Contract: one thread serves them all", at: "while !StopSignal.isRaised"),
        DiffNote(
            .poll, "Server.swift",
            "A client that used up its budget goes on in the next turn, which does not wait. No event would announce it.",
            test: "Contract: a client that has sent thousands of requests gets a bounded share of a turn",
            at: "let resumed = unfinished"),
        DiffNote(
            .poll, "Server.swift",
            "New connections come last in a turn, since they get the numbers of those that were just closed.",
            test: "Contract: connections closed and opened at one moment are not mistaken for each other",
            at: "if hasNewConnections { try acceptConnections() }"),
        DiffNote(
            .poll, "Server.swift",
            "Without a free descriptor, the listener stays readable: watching it would wake the loop again and again.",
            test: "Contract: without a descriptor for a new connection it neither exits nor spins, and serves later",
            at: "private mutating func setAccepting"),
        DiffNote(
            .poll, "Poller.swift", "The whole list goes to the kernel every time, and is searched when it comes back.",
            test: "Stage3Tests.theWholeListGoesToTheKernelEachTime", at: "private var entries: [pollfd]"),
    ]

    // MARK: 3 to 4

    private static let epoll = [
        DiffNote(
            .epoll, "Poller.swift", "The kernel keeps the list, and reports only what is ready.",
            test: "Stage4Tests.idleConnectionsAreNotPartOfATurn", at: "With `epoll`, the list stays",
            "private let epoll: FileDescriptor", "corresponding C function is `epoll_wait`", "unsafe epoll_wait("),
        DiffNote(
            .epoll, "Poller.swift",
            "Changing interest used to be an assignment. Now it is a system call, made only when something changes.",
            test: "Stage4Tests.interestChangesOnlyWhenAReplyDoesNotFit", at: "EPOLL_CTL_ADD"),
        DiffNote(
            .epoll, "Poller.swift", "The same two marks under epoll's names, and an entry of the kernel's to fill in.",
            test: "Contract: after a half-close, replies to what was sent still come", at: "rawValue: EPOLLIN.rawValue",
            "ready[index].data.fd"),
        DiffNote(
            .epoll, "Connection.swift", "The protocol is Redis's.",
            test: "Stage4Tests.itSpeaksRESP", at: "WireProtocol.resp2", "RESPCodec.decode"),
    ]

    // MARK: 4 to 5

    private static let pipelining = [
        DiffNote(
            .pipelining, "Connection.swift",
            "One read, then all the requests it brought, then one write for their replies: `if` becomes `while`.",
            test: "Stage5Tests.sixteenPipelinedRequestsCostOneReadAndOneWrite", at: "execute all ▶ send",
            "Answers all requests that are here", "while hasMore && output.count"),
        DiffNote(
            .pipelining, "Connection.swift",
            "A client that does not read must not fill the server's memory: above a mark its requests wait.",
            test: "Contract: a client that never reads costs a bounded amount of memory, and is answered when it reads",
            at: "static var highWaterMark", "isUnfinished ="),
        DiffNote(
            .pipelining, "Connection.swift",
            "While replies wait for room, new requests are still read, up to the mark: a client that sends all it has before "
                + "it reads is served.",
            test: "Stage5Tests.deepPipelinesChangeNoInterest", at: "return [.read, .write]"),
    ]
}
