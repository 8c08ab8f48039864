// The exercises in Tests/Exercises must not rot: the patches still apply, and every part is there. Whether each start is
// red and each solution green is seen by hand, with Tests/Exercises/run --verify.

import LabKit
import TestSupport
import Testing

@Suite("Exercises") struct ExerciseTests {
    private static let names = Repository.names(in: "Tests/Exercises").filter { !$0.contains(".") && $0 != "run" }

    /// Those that begin with a patch. `stage-3` begins with stage 2, and its solution is stage 3.
    private static let patched = names.filter { !$0.hasPrefix("stage-") }

    private func text(_ path: String) throws -> String {
        try Repository.text("Tests/Exercises/\(path)")
    }

    /// Line 3 of a task: `Stage 1 · easy · 20 minutes`.
    private func facts(_ name: String) throws -> (stage: String, difficulty: String) {
        let lines = try text("\(name)/README.md").split(separator: "\n", omittingEmptySubsequences: false)
        let facts = try #require(lines.count > 3 ? lines[2] : nil).split(separator: " · ").map { String($0) }
        try #require(facts.count == 3 && facts[0].hasPrefix("Stage "), "\(name): \(facts)")
        return (String(facts[0].dropFirst(6)), facts[1])
    }

    @Test func thereAreTwoForEachStage() throws {
        #expect(Self.patched.count >= 10)
        let stages = try Self.patched.map { try facts($0).stage }
        for stage in 1...5 { #expect(stages.count { $0 == "\(stage)" } >= 2, "stage \(stage) has too few") }
    }

    /// The start to the code as it is, and the solution to the start; as `run` applies them.
    @Test(arguments: patched) func theCodeIsStillWhatItChanges(_ name: String) throws {
        try Repository.expectToApply("cd Tests/Exercises/\(name); cat start.patch solution.patch", "-C1")
    }

    @Test(arguments: names) func everyPartIsThere(_ name: String) throws {
        let difficulty = try facts(name).difficulty
        #expect(["easy", "medium", "hard"].contains(difficulty))
        let task = try text("\(name)/README.md")
        for part in ["# ", "**Predict**", "**Look**"] { #expect(task.contains(part), "no \(part) in the task") }
        let hints = try text("\(name)/hints.md").split(separator: "\n").filter { $0.hasPrefix("## Hint ") }
        #expect(hints == ["## Hint 1", "## Hint 2", "## Hint 3"])
        let test = try text("\(name)/Test.swift")
        #expect(test.contains("@Suite(") && test.contains("@Test") && test.contains("check("))
        if name.hasPrefix("stage-") { return }
        let shows = try text("\(name)/solution.patch").prefix { $0 != "@" }.split(separator: "\n")
            .prefix { !$0.hasPrefix("---") }.joined(separator: " ")
        let hasFigures = shows.contains { $0.isNumber }
        #expect(hasFigures, "the solution does not say what was measured: \(shows)")
    }

    @Test(arguments: names) func itIsInTheTable(_ name: String) throws {
        let (stage, difficulty) = try facts(name)
        let title = try #require(try text("\(name)/README.md").split(separator: "\n").first).dropFirst(2)
        let row = "| \(stage) | [\(name)](\(name)/README.md) | \(title) | \(difficulty) |"
        let table = try text("README.md")
        #expect(table.contains(row), "the table has no row \(row)")
    }

    // MARK: What a learner does, but for building

    private func run(_ workbook: String, _ words: String...) throws -> (succeeded: Bool, output: String) {
        let result = try TestProcess.run([
            "env", "WORKBOOK=\(workbook)", "bash", "-c", "\"$0/Tests/Exercises/run\" $1", Checkout.folder,
            words.joined(separator: " "),
        ])
        return (result.status == .exited(0), result.output)
    }

    /// A copy is made once, and then left alone: only `--reset` overwrites it, and only after asking.
    @Test func aCopyIsNotOverwrittenWithoutAsking() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.file("workbook")
        let begin = try run(folder, "one-read")
        #expect(begin.succeeded && begin.output.contains("Your copy: \(folder)/one-read"), "\(begin.output)")
        let file = "\(folder)/one-read/Stage1-Sync/main.swift"
        _ = try TestProcess.run(["sh", "-c", "echo '// mine' >> \(file)"])
        let again = try run(folder, "one-read")
        #expect(again.output.contains("as you left it"))
        let refused = try run(folder, "one-read", "--reset")
        #expect(!refused.succeeded && refused.output.contains("--yes"), "\(refused.output)")
        #expect(ProcessFacts.text(file)?.hasSuffix("// mine\n") == true)
        let reset = try run(folder, "one-read", "--reset", "--yes")
        #expect(reset.succeeded, "\(reset.output)")
        #expect(ProcessFacts.text(file)?.hasSuffix("// mine\n") == false)
    }

    @Test func hintsComeOneAtATime() throws {
        let temporary = try TemporaryFolder()
        let folder = temporary.file("workbook")
        let tooEarly = try run(folder, "select", "--hint")
        #expect(!tooEarly.succeeded, "there is no copy yet")
        _ = try run(folder, "select")
        for number in 1...3 {
            let hint = try run(folder, "select", "--hint").output
            #expect(hint.split(separator: "\n").filter { $0.hasPrefix("## ") } == ["## Hint \(number)"])
        }
        let last = try run(folder, "select", "--hint").output
        #expect(last.contains("That was the last one"))
        let solution = try run(folder, "select", "--solution").output
        #expect(solution.contains("+++ b/Stage3-Poll/Poller.swift"))
        let unknown = try run(folder, "nothing")
        #expect(!unknown.succeeded && unknown.output.contains("--list"))
    }
}
