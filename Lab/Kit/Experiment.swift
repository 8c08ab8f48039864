// The experiments of the tour: what each asks, and where in the code the answer stands.

/// A place in the code that explains a finding.
public struct Reading: Sendable, Equatable {
    public let file: String
    public let name: String
    public let why: String

    public init(_ file: String, _ name: String, _ why: String) {
        self.file = file
        self.name = name
        self.why = why
    }
}

/// A guess asked of the reader before the result.
public struct Prediction: Sendable, Equatable {
    public let question: String
    public let choices: [String]
    public let answer: Int
    public let explanation: String
}

/// One of the experiments.
public enum Experiment: String, CaseIterable, Sendable {
    case waiting, requests, connections, throughput, single

    public var number: Int { Self.allCases.firstIndex(of: self)! + 1 }

    public var title: String {
        switch self {
        case .waiting: "Who waits"
        case .requests: "What a request costs"
        case .connections: "What a connection costs"
        case .throughput: "Throughput and latency"
        case .single: "Where the fancier stage loses"
        }
    }

    public var question: String {
        switch self {
        case .waiting:
            "A sends half a request and thinks. B, D and E come and ask; C asks for a large value and reads it "
                + "slowly. Who has to wait for whom?"
        case .requests:
            "What does a server do for one request, in processor time and in calls of the kernel, with more and more "
                + "clients, and with more and more requests under way for each?"
        case .connections:
            "Thousands of clients are connected and silent, one is active. What do the silent ones cost, and does the "
                + "active one feel them?"
        case .throughput:
            "How many requests does each stage serve per second under the same load, and how long does each of them "
                + "take?"
        case .single:
            "One client, which waits for each reply before it asks again. Does it pay to be a later stage?"
        }
    }

    public var prediction: Prediction {
        switch self {
        case .waiting:
            Prediction(
                question: "In stage 1, when does B, who comes second, get its reply?",
                choices: [
                    "At once: it is connected.", "When A has left.", "Never: it is refused while A is served.",
                ], answer: 1,
                explanation: "The kernel completes B's connection and keeps what B sends, but the program accepts "
                    + "nobody until A has left: B is connected, and not served.")
        case .requests:
            Prediction(
                question: "Sixteen requests arrive together. Which calls do stages 4 and 5 make for them?",
                choices: [
                    "Both: 16 reads and 16 writes.", "Stage 4: 1 read and 16 writes. Stage 5: 1 read and 1 write.",
                    "Both: 1 read and 1 write.",
                ], answer: 1,
                explanation: "One read brings them all to both. Stage 4 then answers one request at a time; stage 5 "
                    + "answers all, and sends the replies together.")
        case .connections:
            Prediction(
                question:
                    "Which server spends more on each request of the one active client, as silent ones are added?",
                choices: [
                    "All of them.", "Stage 2, since it has a thread for each.",
                    "Stage 3, since it hands the whole list to the kernel at each turn.",
                ], answer: 2,
                explanation: "poll is given every descriptor each time. Threads that sleep take memory, and no time; "
                    + "the list of epoll stays in the kernel.")
        case .throughput:
            Prediction(
                question: "Clients wait for each reply before they ask again. How much faster is stage 5 than stage 4?",
                choices: ["Several times.", "Not at all.", "It is slower by half."], answer: 1,
                explanation: "There is never more than one request to answer at once, so the two do the same calls. "
                    + "Stage 5 needs clients that send the next request before the reply to the last one is here.")
        case .single:
            Prediction(
                question: "Which stage asks the kernel for least, for one request of one client?",
                choices: [
                    "Each stage for less than the one before.", "They are nearly equal, and stage 3 needs most.",
                    "Stage 5, by far.",
                ], answer: 1,
                explanation: "Stages 1 and 2 read the length, read the rest, and write. Stages 4 and 5 wait for an "
                    + "event, read, and write. Stage 3 waits twice, to read and to write. An event loop saves calls "
                    + "when one wait tells of many clients, and here there is only one.")
        }
    }

    public var readings: [Reading] {
        switch self {
        case .waiting:
            [
                Reading(
                    "Stage1-Sync/main.swift", "Server.acceptConnections", "the next accept is after the last serve"),
                Reading("Stage2-Threads/main.swift", "Server.admit", "a thread for each client"),
                Reading(
                    "Stage3-Poll/Connection.swift", "Connection.respond",
                    "where a client stands is a state, not a stack"),
            ]
        case .requests:
            [
                Reading("Stage4-Epoll/Connection.swift", "Connection.respond", "a write for each reply"),
                Reading("Stage5-Pipelining/Connection.swift", "Connection.answerRequests", "a write for all there are"),
                Reading("Shared/FileDescriptor.swift", "FileDescriptor.read", "the call that is counted"),
            ]
        case .connections:
            [
                Reading("Stage2-Threads/main.swift", "Server.startThread", "a stack for each client"),
                Reading(
                    "Stage3-Poll/Poller.swift", "Poller.wait", "the whole list goes to the kernel, and is searched"),
                Reading("Stage4-Epoll/Poller.swift", "Poller.wait", "only what is ready comes back"),
            ]
        case .throughput:
            [
                Reading("Stage2-Threads/main.swift", "Server.execute", "the lock that all threads share"),
                Reading("Stage5-Pipelining/Connection.swift", "Connection.respond", "one write for a whole batch"),
            ]
        case .single:
            [
                Reading("Stage1-Sync/main.swift", "Connection.serve", "a read, a write, and nothing else"),
                Reading(
                    "Stage3-Poll/Connection.swift", "Connection.respond", "a turn of the loop to read, another to write"
                ),
                Reading("Stage4-Epoll/Connection.swift", "Connection.respond", "writes first, and saves a turn"),
            ]
        }
    }
}
