// What every stage must do, however it does it. The clauses stand in the files of this folder, by subject; each stage's
// suite runs all of them, so that a failure names the stage and the clause.

@preconcurrency import Glibc
import LabKit
import Testing

enum Contract {
    /// One promise, and how it is checked.
    struct Clause: Sendable, CustomTestStringConvertible {
        let name: String
        let check: @Sendable (Stage) throws -> Void

        init(_ name: String, _ check: @escaping @Sendable (Stage) throws -> Void) {
            self.name = name
            self.check = check
        }

        var testDescription: String { name }
    }

    /// For all five.
    static let clauses = chosen(
        commandClauses + valueClauses + frameClauses + malformedClauses + endingClauses
            + signalClauses + commandLineClauses + outputClauses + descriptorClauses + callClauses)
    /// For those that serve several clients at once: stages 2 to 5.
    static let concurrencyClauses = chosen(companyClauses)
    /// For those that do it with one thread: stages 3 to 5.
    static let eventLoopClauses = chosen(oneThreadClauses + turnClauses + idlenessClauses)
    /// For one that does it with several: not what is counted of one thread, or compares clients within one turn.
    static let clausesForSeveralLoops = chosen(
        commandClauses + valueClauses + frameClauses + malformedClauses + endingClauses + signalClauses
            + commandLineClauses + outputClauses.dropLast() + descriptorClauses + companyClauses + turnClauses
            + idlenessClauses)

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
