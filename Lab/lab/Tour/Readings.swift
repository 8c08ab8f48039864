// Where in the code the answer to each experiment stands.

import LabKit

/// A place in the code that explains a finding.
struct Reading: Sendable, Equatable {
    let file: String
    let name: String
    let why: String

    init(_ file: String, _ name: String, _ why: String) {
        self.file = file
        self.name = name
        self.why = why
    }
}

extension Experiment {
    var readings: [Reading] {
        switch self {
        case .waiting:
            [
                Reading(
                    "Stage1-Sync/Server.swift", "Server.acceptConnections", "the next accept is after the last serve"),
                Reading("Stage2-Threads/Server.swift", "Server.admit", "a thread for each client"),
                Reading("Stage3-Poll/Server.swift", "Server.respond", "nothing in it waits for a client"),
            ]
        case .requests:
            [
                Reading("Stage4-Epoll/Connection.swift", "Connection.execute", "a write for each reply"),
                Reading("Stage5-Pipelining/Connection.swift", "Connection.execute", "a write for all there are"),
                Reading("Shared/System/FileDescriptor.swift", "FileDescriptor.read", "the call that is counted"),
            ]
        case .connections:
            [
                Reading("Shared/System/Thread.swift", "Thread.stackSize", "a stack for each client"),
                Reading(
                    "Stage3-Poll/Poller.swift", "Poller.wait", "the whole list goes to the kernel, and is searched"),
                Reading("Stage4-Epoll/Poller.swift", "Poller.wait", "only what is ready comes back"),
            ]
        case .throughput:
            [
                Reading("Stage2-Threads/Server.swift", "Server.execute", "the lock that all threads share"),
                Reading("Stage5-Pipelining/Connection.swift", "Connection.execute", "one write for a whole batch"),
            ]
        case .single:
            [
                Reading(
                    "Stage1-Sync/Connection.swift", "Connection.answerRequest", "two reads, a write, and nothing else"),
                Reading("Stage3-Poll/Server.swift", "Server.run", "a wait before each read"),
            ]
        case .beyond:
            [
                Reading("Beyond/Uring/Ring.swift", "Ring.wait", "one call hands over all work, and waits for results"),
                Reading("Beyond/Cores/Server.swift", "Server.respond", "what is under the lock, and what is not"),
            ]
        }
    }
}
