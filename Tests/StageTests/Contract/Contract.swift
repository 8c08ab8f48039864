// What every stage must do, however it does it. What can be asked of any program over its sockets stands in
// Lab/Kit/Check, where `lab check` has it from as well; what needs this course's options, statistics and commands, in the
// files of this folder, by subject. Each stage's suite runs all of them, so that a failure names the stage and the clause.

@preconcurrency import Glibc
import LabKit
import Testing

enum Contract {
    /// One promise, and how it is checked.
    struct Clause: Sendable, CustomTestStringConvertible {
        let name: String
        private let obstacle: String?
        private let body: @Sendable (Stage) throws -> Void

        /// - Parameter obstacle: why it cannot be checked under a sanitizer; nil if it can.
        init(
            _ name: String, withoutSanitizer obstacle: String? = nil,
            _ body: @escaping @Sendable (Stage) throws -> Void
        ) {
            (self.name, self.obstacle, self.body) = (name, obstacle, body)
        }

        /// One of those that `lab check` asks as well.
        init(_ clause: CheckClause) {
            self.init(clause.name, withoutSanitizer: clause.needsStrace ? "strace would trace the sanitizer" : nil) {
                try clause.check(stage: $0)
            }
        }

        var testDescription: String { name }

        func check(_ stage: Stage) throws {
            guard Sanitizer.isOn, let obstacle else { return try body(stage) }
            print("skipped under a sanitizer: \(name), of \(stage): \(obstacle)")
        }
    }

    /// What `lab check` asks from a stage on.
    static func shared(from stage: Int) -> [Clause] {
        CheckClause.all.filter { $0.stage == stage }.map(Clause.init)
    }

    /// For all five.
    static let clauses = chosen(
        shared(from: 1) + CheckClause.commandClauses.map(Clause.init) + commandClauses + valueClauses
            + malformedClauses + endingClauses + signalClauses + commandLineClauses + outputClauses + descriptorClauses
            + callClauses)
    /// For those that serve several clients at once: stages 2 to 5.
    static let concurrencyClauses = chosen(shared(from: 2) + companyClauses)
    /// For those that do it with one thread: stages 3 to 5.
    static let eventLoopClauses = chosen(shared(from: 3) + oneThreadClauses + turnClauses + idlenessClauses)
    /// For one that does it with several: not what is counted of one thread, or compares clients within one turn.
    static let clausesForSeveralLoops = chosen(
        shared(from: 1) + CheckClause.commandClauses.map(Clause.init) + commandClauses + valueClauses
            + malformedClauses + endingClauses + signalClauses + commandLineClauses + outputClauses.dropLast()
            + descriptorClauses + shared(from: 2) + companyClauses + shared(from: 3) + turnClauses + idlenessClauses)

    /// What each test of a stage's suite runs, by the test's name.
    static let allNames = [
        "contract": clauses.map(\.name), "concurrency": concurrencyClauses.map(\.name),
        "eventLoop": eventLoopClauses.map(\.name),
    ]

    /// One clause alone, where the environment names it: `CLAUSE="a part of its name" swift test --filter Stage4Tests`.
    private static func chosen(_ clauses: [Clause]) -> [Clause] {
        guard let part = getenv("CLAUSE").map({ String(cString: $0) }) else { return clauses }
        return clauses.filter { $0.name.contains(part) }
    }
}

extension CheckClause {
    /// Asks a stage, started with these options. What is not checked is said to be.
    func check(stage: Stage, _ arguments: [String] = []) throws {
        let target = CheckTarget(stage.wireProtocol) { wrapper, body in
            try withServer(stage, arguments, wrapper: wrapper) { server in
                try body(
                    CheckedServer(
                        server, port: server.port, wireProtocol: stage.wireProtocol, patience: Patience.seconds
                    ) { count, send in try server.untilRead(count, send) })
            }
        }
        do {
            try check(target)
        } catch let reason as NotChecked {
            print("skipped: \(name), of \(stage): \(reason)")
        }
    }
}
