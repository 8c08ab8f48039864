// What the reader is asked before each experiment, and the answer.

import LabKit

/// A guess asked of the reader before the result.
struct Prediction: Sendable, Equatable {
    /// The stages that the question is about.
    let stages: [Stage]
    let question: String
    let choices: [String]
    let answer: Int
    let explanation: String
}

extension Experiment {
    var prediction: Prediction {
        switch self {
        case .waiting: Self.waitingPrediction
        case .requests: Self.requestsPrediction
        case .connections: Self.connectionsPrediction
        case .throughput: Self.throughputPrediction
        case .single: Self.singlePrediction
        case .beyond: Self.beyondPrediction
        }
    }

    private static let waitingPrediction =
        Prediction(
            stages: [.sync],
            question: "In stage 1, when does B, who comes second, get its reply?",
            choices: [
                "When A has left.", "At once: it is connected.", "Never: it is refused while A is served.",
            ], answer: 0,
            explanation: "The kernel completes B's connection and keeps what B sends, but the program accepts "
                + "nobody until A has left: B is connected, and not served.")

    private static let requestsPrediction =
        Prediction(
            stages: [.epoll, .pipelining],
            question: "Sixteen requests arrive together. Which calls do stages 4 and 5 make for them?",
            choices: [
                "Both: 16 reads and 16 writes.", "Stage 4: 1 read and 16 writes. Stage 5: 1 read and 1 write.",
                "Both: 1 read and 1 write.",
            ], answer: 1,
            explanation: "One read brings them all to both. Stage 4 then answers one request at a time; stage 5 "
                + "answers all, and sends the replies together.")

    private static let connectionsPrediction =
        Prediction(
            stages: [.threads, .poll],
            question:
                "Which server spends more on each request of the one active client, as silent ones are added?",
            choices: [
                "All of them.", "Stage 2, since it has a thread for each.",
                "Stage 3, since it hands the whole list to the kernel at each turn.",
            ], answer: 2,
            explanation: "Every descriptor is given to poll each time. Threads that sleep take memory, and no time; "
                + "the list of epoll stays in the kernel.")

    private static let throughputPrediction =
        Prediction(
            stages: [.epoll, .pipelining],
            question: "Clients wait for each reply before they ask again. How much faster is stage 5 than stage 4?",
            choices: ["Not at all.", "Several times.", "It is slower by half."], answer: 0,
            explanation: "There is never more than one request to answer at once, so the two do the same calls. "
                + "Stage 5 needs clients that send the next request before the reply to the last one is here.")

    private static let singlePrediction =
        Prediction(
            stages: Stage.allCases,
            question: "Which stages make the fewest calls, for one request of one client?",
            choices: [
                "Each stage fewer than the one before.", "All the same.", "Stage 5, by far.",
            ], answer: 1,
            explanation: "Three each. Stages 1 and 2 read the length, read the rest, and write. Stages 3 to 5 wait "
                + "for an event, read, and write. An event loop saves calls when one wait reports many clients, and "
                + "here there is only one.")

    private static let beyondPrediction =
        Prediction(
            stages: [.pipelining],
            question: "Uring makes hardly any system calls. How much CPU does that save, of what stage 5 spends?",
            choices: ["Nearly all of it.", "About half.", "Some percent, if any."], answer: 2,
            explanation: "Most of the time of a read or a write is the network's, in the kernel, and that work is done "
                + "either way. What is saved is the way into the kernel and back.")
}
