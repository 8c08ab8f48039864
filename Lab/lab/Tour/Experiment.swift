// The experiments of the tour: what each asks, what a reader may guess, where in the code the answer stands, and what
// measures and draws it.

import LabKit

/// A place in the code that explains a finding.
struct Reading: Equatable {
    let file: String
    let name: String
    let why: String

    init(_ file: String, _ name: String, _ why: String) {
        (self.file, self.name, self.why) = (file, name, why)
    }
}

enum Experiment: String, CaseIterable {
    case waiting, requests, connections, throughput, single, beyond

    var number: Int { Self.allCases.firstIndex(of: self)! + 1 }

    /// All that the tour and the report know of it.
    struct Guide {
        let title: String
        let question: String
        /// What the reader is asked to guess before the result, and the stages that it is about.
        let guess: String
        let stages: [Stage]
        let choices: [String]
        let answer: Int
        let explanation: String
        let readings: [Reading]
        /// Measures, and shows the result in the terminal.
        let run: (Tour) -> () -> Void
        /// Plots and tables for the report.
        let section: KeyPath<Report, String>
    }

    var guide: Guide {
        switch self {
        case .waiting:
            Guide(
                title: "Who waits",
                question: "A sends half a request and thinks. B, D and E come and ask; C asks for a large value and "
                    + "reads it slowly. Who has to wait for whom?",
                guess: "In stage 1, when does B, who comes second, get its reply?", stages: [.sync],
                choices: [
                    "When A has left.", "At once: it is connected.", "Never: it is refused while A is served.",
                ], answer: 0,
                explanation: "The kernel completes B's connection and keeps what B sends, but the program accepts "
                    + "nobody until A has left: B is connected, and not served.",
                readings: [
                    Reading(
                        "Stage1-Sync/Server.swift", "Server.acceptConnections",
                        "the next accept is after the last serve"),
                    Reading("Stage2-Threads/Server.swift", "Server.admit", "a thread for each client"),
                    Reading("Stage3-Poll/Server.swift", "Server.respond", "nothing in it waits for a client"),
                ], run: Tour.runWaiting, section: \.waiting)
        case .requests:
            Guide(
                title: "What a request costs",
                question: "What does a server do for one request, in processor time and in system calls, with more "
                    + "and more clients, and with more and more requests in flight for each?",
                guess: "Sixteen requests arrive together. Which calls do stages 4 and 5 make for them?",
                stages: [.epoll, .pipelining],
                choices: [
                    "Both: 16 reads and 16 writes.", "Stage 4: 1 read and 16 writes. Stage 5: 1 read and 1 write.",
                    "Both: 1 read and 1 write.",
                ], answer: 1,
                explanation: "One read brings them all to both. Stage 4 then answers one request at a time; stage 5 "
                    + "answers all, and sends the replies together.",
                readings: [
                    Reading("Stage4-Epoll/Connection.swift", "Connection.execute", "a write for each reply"),
                    Reading("Stage5-Pipelining/Connection.swift", "Connection.execute", "a write for all there are"),
                    Reading("Shared/System/FileDescriptor.swift", "FileDescriptor.read", "the call that is counted"),
                ], run: Tour.runRequests, section: \.requests)
        case .connections:
            Guide(
                title: "What a connection costs",
                question: "Thousands of clients are connected and silent, one is active. What do the silent ones cost, "
                    + "and does the active one feel them?",
                guess: "Which server spends more on each request of the one active client, as silent ones are added?",
                stages: [.threads, .poll],
                choices: [
                    "All of them.", "Stage 2, since it has a thread for each.",
                    "Stage 3, since it hands the whole list to the kernel at each turn.",
                ], answer: 2,
                explanation: "Every descriptor is given to poll each time. Threads that sleep take memory, and no "
                    + "time; the list of epoll stays in the kernel.",
                readings: [
                    Reading("Shared/System/Thread.swift", "Thread.stackSize", "a stack for each client"),
                    Reading(
                        "Stage3-Poll/Poller.swift", "Poller.wait",
                        "the whole list goes to the kernel, and is searched"),
                    Reading("Stage4-Epoll/Poller.swift", "Poller.wait", "only what is ready comes back"),
                ], run: Tour.runConnections, section: \.connections)
        case .throughput:
            Guide(
                title: "Throughput and latency",
                question: "How many requests does each stage serve per second under the same load, and how long does "
                    + "each of them take?",
                guess: "Clients wait for each reply before they ask again. How much faster is stage 5 than stage 4?",
                stages: [.epoll, .pipelining],
                choices: ["Not at all.", "Several times.", "It is slower by half."], answer: 0,
                explanation: "There is never more than one request to answer at once, so the two do the same calls. "
                    + "Stage 5 needs clients that send the next request before the reply to the last one is here.",
                readings: [
                    Reading("Stage2-Threads/Server.swift", "Server.execute", "the lock that all threads share"),
                    Reading("Stage5-Pipelining/Connection.swift", "Connection.execute", "one write for a whole batch"),
                ], run: Tour.runThroughput, section: \.throughput)
        case .single:
            Guide(
                title: "One client",
                question:
                    "One client, which waits for each reply before it asks again. Does it pay to be a later stage?",
                guess: "Which stages make the fewest calls, for one request of one client?", stages: Stage.allCases,
                choices: ["Each stage fewer than the one before.", "All the same.", "Stage 5, by far."], answer: 1,
                explanation: "Three each. Stages 1 and 2 read the length, read the rest, and write. Stages 3 to 5 wait "
                    + "for an event, read, and write. An event loop saves calls when one wait reports many clients, and "
                    + "here there is only one.",
                readings: [
                    Reading(
                        "Stage1-Sync/Connection.swift", "Connection.answerRequest",
                        "two reads, a write, and nothing else"),
                    Reading("Stage3-Poll/Server.swift", "Server.run", "a wait before each read"),
                ], run: Tour.runSingle, section: \.single)
        case .beyond:
            Guide(
                title: "Beyond stage 5",
                question: "Two servers go on from stage 5. Uring has the kernel read and write, and hears when it is "
                    + "done (io_uring); Cores has a loop for each core. What does each of them save?",
                guess: "Uring makes hardly any system calls. How much CPU does that save, of what stage 5 spends?",
                stages: [.pipelining],
                choices: ["Nearly all of it.", "About half.", "Some percent, if any."], answer: 2,
                explanation: "Most of the time of a read or a write is the network's, in the kernel, and that work is "
                    + "done either way. What is saved is the way into the kernel and back.",
                readings: [
                    Reading(
                        "Beyond/Uring/Ring.swift", "Ring.wait", "one call hands over all work, and waits for results"),
                    Reading("Beyond/Cores/Server.swift", "Server.respond", "what is under the lock, and what is not"),
                ], run: Tour.runBeyond, section: \.beyond)
        }
    }
}
