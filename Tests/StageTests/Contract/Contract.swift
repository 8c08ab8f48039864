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

        /// One that needs a single server, which is started so.
        init(
            _ name: String, withoutSanitizer obstacle: String? = nil, options: [String] = [],
            wrapper: [String] = [], sourceLocation: SourceLocation = #_sourceLocation,
            _ body: @escaping @Sendable (ServerProcess, Stage) throws -> Void
        ) {
            self.init(name, withoutSanitizer: obstacle) { stage in
                try withServer(stage, options, wrapper: wrapper, sourceLocation: sourceLocation) {
                    try body($0, stage)
                }
            }
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

    /// For all.
    private static let everywhere =
        shared(from: 1) + CheckClause.commandClauses.map(Clause.init) + commandClauses + valueClauses
        + malformedClauses + endingClauses + signalClauses + commandLineClauses + outputClauses + descriptorClauses
    /// For those that serve several clients at once. Stage 1 fails these: the second client would wait.
    private static let inCompany = shared(from: 2) + companyClauses
    private static let inTurns = shared(from: 3) + turnClauses + idlenessClauses

    /// What a server's suite runs. Of several loops, what is counted of one thread, or compares clients within one turn,
    /// is not asked. One clause alone, where the environment names it: `CLAUSE="a part of its name" swift test …`.
    static func clauses(of stage: Stage) -> [Clause] {
        let clauses =
            switch stage.concurrency {
            case .none, .pool: everywhere + callClauses
            case .threads: everywhere + callClauses + inCompany
            case .loop: everywhere + callClauses + inCompany + oneThreadClauses + inTurns
            case .loops: everywhere + inCompany + inTurns
            }
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
