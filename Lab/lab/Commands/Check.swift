// lab check: asks any program, in any language, what the stages of this course keep.

@preconcurrency import Glibc
import LabKit
import Shared

private let options = CommandOptions(
    command: "lab check STAGES",
    summary: """
        Starts your server, written in any language, and checks what a stage promises:
            lab check 3 -- ./my-server --port {port}
        STAGES is one of 1 to 5, with all that it has from those before it, or a range \
        such as 1-5, which is climbed until a stage is not passed. The lab puts a free \
        port in the place of {port}, and starts the server afresh for each clause; it \
        must have no keys then. It needs PING, ECHO, SET, GET and INCR.
        Status 0: all that applies was checked, and passed.
        """,
    options: [
        .init("--protocol", "NAME", "binary or resp (stages 1-3: binary, 4-5: resp)"),
        .init("--commands", nil, "check all commands too, and Redis's error texts"),
        .init("--clause", "TEXT", "only clauses whose names contain this"),
        .init("--patience", "SECONDS", "for a reply; four times as long for the start (5)"),
    ], words: "-- COMMAND")

func runCheck(_ arguments: [String]) throws {
    let parts = arguments.split(separator: "--", maxSplits: 1, omittingEmptySubsequences: false)
    let range = parts.first?.first.flatMap { $0.hasPrefix("-") ? nil : $0 }
    let values = try options.values(Array((parts.first ?? []).dropFirst(range == nil ? 0 : 1)))
    guard let range, let stages = stages(range) else {
        throw LabError("say which stage, or which stages, 1 to 5: lab check 3 -- ./my-server --port {port}")
    }
    guard values.words.isEmpty else {
        throw LabError("'\(values.words[0])' is no option; the server's command stands after --")
    }
    guard parts.count == 2, !parts[1].isEmpty else {
        throw LabError("which server? Its command stands after --: lab check \(range) -- ./my-server --port {port}")
    }
    guard parts[1].contains(where: { $0.contains(ForeignServer.placeholder) }) else {
        throw LabError("the command does not say where the port goes: write {port} there")
    }
    Children.endOnSignal()
    DescriptorLimit.raise()
    var check = Check(
        command: Array(parts[1]), patience: try values.number("--patience", in: 1...600) ?? 5,
        wireProtocol: try values.text("--protocol").map { try WireProtocol(option: $0) },
        part: values.text("--clause"), asksCommands: values.has("--commands"))
    if try !check.climb(stages) { exit(1) }
}

private func stages(_ text: String) -> ClosedRange<Int>? {
    let numbers = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard let first = numbers.first, let last = numbers.last, numbers.count <= 2 else { return nil }
    guard (1...5).contains(first), (first...5).contains(last) else { return nil }
    return first...last
}

/// One run of the command.
private struct Check {
    let command: [String]
    let patience: Int
    /// For all stages; nil for each stage's own.
    let wireProtocol: WireProtocol?
    let part: String?
    let asksCommands: Bool
    private let terminal = Terminal()
    var asked: [WireProtocol: Set<String>] = [:]
    var counts = (passed: 0, failed: 0, notChecked: 0)

    private var clauses: [CheckClause] { CheckClause.all + (asksCommands ? CheckClause.commandClauses : []) }

    /// Whether it is to be asked of a stage.
    private func isWanted(_ clause: CheckClause, of stage: Int) -> Bool {
        clause.stage <= stage && part.map { clause.name.contains($0) } ?? true
    }

    /// Checks stage by stage, until one is not passed.
    mutating func climb(_ stages: ClosedRange<Int>) throws -> Bool {
        guard clauses.contains(where: { isWanted($0, of: stages.upperBound) }) else {
            throw LabError("no clause of these stages has '\(part ?? "")' in its name")
        }
        for stage in stages {
            counts = (0, 0, 0)
            try check(stage)
            let isPassed = counts.failed == 0 && counts.notChecked == 0
            conclude(stage, isPassed)
            if isPassed && stage < stages.upperBound { continue }
            paragraph(
                "Not checked, since only this course's servers have it: the ready line, the options, the limits of "
                    + "connections and of memory, the idle timeout, the statistics at the end.")
            return isPassed
        }
        return true
    }

    private mutating func check(_ stage: Int) throws {
        let wireProtocol = wireProtocol ?? Stage.allCases[stage - 1].wireProtocol
        let name = wireProtocol == .lengthPrefixed ? "the length-prefixed protocol" : "RESP"
        show(terminal.styled("Stage \(Stage.allCases[stage - 1].title.plainSpaces), in \(name)", .heading))
        // Every other clause rests on the replies of the first.
        let basis = clauses[0].name
        for clause in clauses where isWanted(clause, of: stage) {
            // What was asked on the way is not asked again.
            guard asked[wireProtocol, default: []].insert(clause.name).inserted else { continue }
            let idea = clause.isIdea ? " (the idea of stage \(clause.stage))" : ""
            do {
                try clause.check(ForeignServer(command, wireProtocol, patience: patience).target)
                counts.passed += 1
                line("passed", .good, clause.name + idea)
            } catch let failure as ClauseFailure {
                counts.failed += 1
                line("FAILED", .bad, clause.name + idea)
                explain(failure, clause)
                guard clause.name == basis else { continue }
                if self.wireProtocol == nil { line("  hint", .dim, hint(wireProtocol)) }
                return paragraph("All other clauses need these replies, so they were not checked.")
            } catch let reason as NotChecked {
                counts.notChecked += 1
                line("not checked", .dim, "\(clause.name)\(idea): \(reason)")
            }
        }
    }

    private func explain(_ failure: ClauseFailure, _ clause: CheckClause) {
        line("  sent", .dim, failure.sent)
        line("  expected", .dim, failure.expected)
        line("  got", .dim, failure.got)
        line("  read", .dim, "\"\(clause.section.rawValue)\" in NOTES.md")
    }

    private func hint(_ wireProtocol: WireProtocol) -> String {
        wireProtocol == .lengthPrefixed
            ? "if it speaks Redis's protocol: --protocol resp"
            : "if it speaks the length-prefixed protocol: --protocol binary"
    }

    private func conclude(_ stage: Int, _ isPassed: Bool) {
        let figures = [(counts.passed, "passed"), (counts.failed, "failed"), (counts.notChecked, "not checked")]
        let text = figures.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: ", ")
        if text.isEmpty { return show("Stage \(stage) has no further clause of such a name.") }
        let passed = part == nil ? "passed" : "passed in this part"
        let verdict = isPassed ? passed : counts.failed > 0 ? "not passed" : "not decided"
        show(terminal.styled("Stage \(stage) is \(verdict): \(text).", isPassed ? .good : .bold))
    }

    // MARK: Lines

    private func line(_ label: String, _ style: Terminal.Style, _ text: String) {
        let lines = Terminal.wrap(label, text, column: 13, width: terminal.width)
        show(terminal.styled(label, style) + lines[0].dropFirst(label.count))
        for line in lines.dropFirst() { show(line) }
    }

    private func paragraph(_ text: String) {
        for line in Terminal.wrap(text, width: terminal.width) { show(line) }
    }

    /// At once, though it goes into a pipe: a clause may take seconds. When nobody reads any more, that is the end; no
    /// server runs between two clauses.
    private func show(_ line: some StringProtocol) {
        print(line)
        if fflush(stdout) != 0 { exit(1) }
    }
}
