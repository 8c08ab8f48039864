// The exercises in Tests/Mutations must not rot: each patch still applies, and the test it names still exists. Whether
// that test notices the mutation is seen by hand, with Tests/Mutations/run.

import LabKit
import TestSupport
import Testing

@Suite("Mutations") struct MutationTests {
    private static let names = Repository.names(in: "Tests/Mutations").filter { $0.hasSuffix(".patch") }
        .map { String($0.dropLast(6)) }

    /// The lines above a patch: `Test: StageTests.Stage4Tests/contract`.
    private func field(_ name: String, _ text: String) -> String? {
        text.split(separator: "\n").first { $0.hasPrefix("\(name): ") }.map {
            String($0.dropFirst(name.utf8.count + 2))
        }
    }

    @Test func thereAreSome() {
        #expect(Self.names.count >= 30)
    }

    @Test(arguments: names) func theCodeIsStillWhatItChanges(_ name: String) throws {
        try Repository.expectToApply("cat Tests/Mutations/\(name).patch")
    }

    @Test(arguments: names) func theTestThatNoticesExists(_ name: String) throws {
        let patch = try Repository.text("Tests/Mutations/\(name).patch")
        for field in ["Misconception", "Stage", "Shows"] {
            #expect(self.field(field, patch)?.isEmpty == false, "no line for \(field)")
        }
        let isExplained = try Repository.text("Tests/Mutations/README.md").contains("run \(name)`")
        #expect(isExplained, "README.md does not say what happens")
        let test = try #require(field("Test", patch))
        let parts = test.split { ".()/".contains($0) }
        try #require(parts.count == 3, "\(test) is not of the form Module.Suite/function")
        let (module, suite, function) = (parts[0], parts[1], parts[2])
        let found = try TestProcess.run([
            "grep", "-lrE", "struct \(suite)\\b", "\(Checkout.folder)/Tests/\(module)", "--include=*.swift",
        ])
        let file = try #require(found.output.split(separator: "\n").first, "there is no suite \(suite)")
        let source = try #require(ProcessFacts.text(String(file)))
        #expect(source.contains("func \(function)("), "\(suite) has no test \(function)")
        if let clause = field("Clause", patch) {
            // What is broken in Shared is broken in the last stage, too.
            let stage = field("Stage", patch).flatMap { Stage(key: $0) } ?? .pipelining
            let isAsked = Contract.clauses(of: stage).contains { $0.name == clause }
            #expect(isAsked, "the contract has no such clause")
        }
    }
}
