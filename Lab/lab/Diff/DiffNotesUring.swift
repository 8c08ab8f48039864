// Why Uring differs from stage 5.

import LabKit

extension DiffNote {
    static let uring = [
        DiffNote(
            .uring, "Connection.swift",
            "Not \"when can I?\" but \"do it, and tell me\": what is in flight is state as well.",
            test: "UringTests.itPipelinesLikeStage5", at: "served by operations that the kernel does"),
        DiffNote(
            .uring, "Connection.swift",
            "A send in flight reads from our memory: what it sends and what is added to are two buffers.",
            test: "UringTests.repliesAreAddedWhileASendIsInFlight", at: "private var sending = ReplyBuffer"),
        DiffNote(
            .uring, "Connection.swift",
            "Completions come for a client that is served already, and for one that is to be closed: both are remembered.",
            test: "UringTests.whoLeavesWithOperationsInFlightLeavesNothing", at: "private(set) var isClosing"),
        DiffNote(
            .uring, "Connection.swift",
            "One receive may bring several buffers in a turn: what a client may use of it is counted in bytes.",
            test: "Contract: a client that has sent thousands of requests gets a bounded share of a turn",
            at: "static let maxBytesPerTurn", "let rest = input.bytes.count"),
        DiffNote(
            .uring, "Connection.swift",
            "Each of stage 5's two calls is cut in two: what is asked for, and what came of it, some turns later.",
            test: "Contract: after a half-close, replies to what was sent still come", at: "mutating func received(",
            "mutating func sent("),
        DiffNote(
            .uring, "Connection.swift",
            "To stop reading is to cancel the receive; to go on is to start it again, also when it ended by itself.",
            test: "UringTests.aReceiveIsCancelledAndStartedAgain", at: "Starts to receive, which then goes on"),
        DiffNote(
            .uring, "Connection.swift",
            "The kernel holds the descriptor and the memory for as long as something is in flight.",
            test: "UringTests.whoLeavesWithOperationsInFlightLeavesNothing", at: "let isFirst = !isClosing"),
        DiffNote(
            .uring, "Server.swift", "A ring in the place of a poller, and one list of those who can get on.",
            test: "UringTests.fiftyRequestsCostFiveCallsAtMost", at: "for which something has completed",
            "var ring: Ring", "let ring = try Ring(", "self.ring = ring"),
        DiffNote(
            .uring, "Server.swift",
            "Nothing has to be non-blocking: no call of ours could wait on these descriptors, operations wait instead.",
            test: "UringTests.anIdleClientIsClosedThoughItsReplyIsInFlight", at: "isBlocking: true"),
        DiffNote(
            .uring, "Server.swift", "One call a turn hands over all that is to be done, and waits for what has been.",
            test: "UringTests.fiftyRequestsCostFiveCallsAtMost", at: "let completions = try ring.wait"),
        DiffNote(
            .uring, "Server.swift",
            "The accept goes on by itself. When it ends, it is started again; without a descriptor not at once.",
            test: "Contract: without a descriptor for a new connection it neither exits nor spins, and serves later",
            at: "private mutating func startAccepting"),
        DiffNote(
            .uring, "Server.swift",
            "No list to be put on: the connection starts its receive itself. Only its end is watched for, once.",
            test: "Contract: a new connection above --max-connections gets an error, and is closed",
            at: "guard connectionCount < options.maxConnections else"),
        DiffNote(
            .uring, "Server.swift",
            "To close is to cancel first, which is an operation as well. A connection is closed when the last operation on "
                + "it has completed, not before.",
            test: "UringTests.whoLeavesWithOperationsInFlightLeavesNothing", at: "value.cancel(&ring) == true"),
        DiffNote(
            .uring, "Server.swift", "At the end as well, what was asked for completes, and is reported.",
            test: "Contract: SIGTERM ends it though a client does not read its reply", at: "serve(CInt(number))",
            "ready.popLast()"),
        DiffNote(
            .uring, "Ring.swift", "Two queues in shared memory, and one system call a turn.",
            test: "UringTests.aSmallRingLosesNothing", at: "two queues in memory that the kernel and we share"),
        DiffNote(
            .uring, "Operation.swift", "A system call that is written down, and its result that comes later.",
            test: "UringTests.aRestIsSentWhateverElseHappens", at: "What the kernel can be asked for, and what"),
        DiffNote(
            .uring, "BufferRing.swift", "A receive in flight on each connection, and yet no buffer for each.",
            test: "UringTests.fewBuffersAreEnoughForMany", at: "Memory to receive into, lent to the kernel"),
    ]
}
