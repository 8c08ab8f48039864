// What every stage must do, however it does it. The clauses stand in the files of this folder, by subject; each stage's
// suite runs all of them, so that a failure names the stage and the clause.

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
    static let clauses =
        commandClauses + valueClauses + frameClauses + malformedClauses + endingClauses
        + signalClauses + commandLineClauses + outputClauses + descriptorClauses
    /// For those that serve several clients at once: stages 2 to 5.
    static let concurrencyClauses = companyClauses
    /// For those that do it with one thread: stages 3 to 5.
    static let eventLoopClauses = turnClauses
}
