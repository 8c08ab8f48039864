// `lab diff 3 4`: what changes from one stage to the next; each hunk under the idea it carries.

import LabKit

func runDiff(_ arguments: [String]) throws {
    let options = CommandOptions(
        "lab diff", "Shows what changes from one server to the next: lab diff 3 4, lab diff 2 pool", [],
        takesWords: true)
    guard let values = try options.parse(arguments) else { return print(options.usage) }
    let stages = values.words.compactMap { Stage(key: $0) }
    guard stages.count == 2, values.words.count == 2, stages[1].base == stages[0] else {
        let pairs = Stage.all.compactMap { stage in stage.base.map { "\($0.key) \(stage.key)" } }
        throw LabError("takes two neighbours: \(pairs.joined(separator: ", "))")
    }
    guard let sources = StageSources() else {
        throw LabError("the stages' source is not above this program's folder")
    }
    let diff = StageDiff(from: stages[0], to: stages[1], sources)
    diff.print(to: Terminal())
}

extension StageDiff {
    func print(to terminal: Terminal) {
        let width = min(terminal.width, 110)
        Swift.print(terminal.styled("From \(old.title) to \(new.title)".plainSpaces, .heading))
        if isRewrite {
            Swift.print()
            let text = "Read these two side by side rather than line by line: what was a stack is a state now."
            for line in Terminal.wrap(text, width: width) { Swift.print(line) }
        }
        for file in files {
            Swift.print()
            let oldPath = old.files.contains(file.name) ? "\(old.folder)/\(file.name)" : "/dev/null"
            Swift.print(terminal.styled("--- \(oldPath)", .bold))
            Swift.print(terminal.styled("+++ \(new.folder)/\(file.name)", .bold))
            // A note that explains several hunks stands at the first of them.
            var printed: [DiffNote] = []
            for hunk in file.hunks {
                Swift.print()
                for note in hunk.notes where !printed.contains(note) {
                    printed.append(note)
                    for line in Terminal.wrap(note.idea, width: width - 2, indent: "  ") {
                        Swift.print(terminal.styled(line, .heading))
                    }
                    Swift.print(terminal.styled("  Guarded by \(note.test)", .dim))
                }
                Swift.print(terminal.styled(hunk.hunk.header, .dim))
                for line in hunk.hunk.lines { Swift.print(styled(line, terminal)) }
            }
        }
        for name in old.files where !new.files.contains(name) {
            Swift.print()
            Swift.print(terminal.styled("\(old.folder)/\(name) is not needed any more.", .bold))
        }
    }

    private func styled(_ line: DiffHunk.Line, _ terminal: Terminal) -> String {
        let text = "\(line.kind.rawValue)\(line.text)"
        switch line.kind {
        case .same: return text
        case .added: return terminal.styled(text, .good)
        case .removed: return terminal.styled(text, .bad)
        }
    }
}

extension String {
    /// Where lines may not be broken is decided by now.
    var plainSpaces: String { String(map { $0 == "\u{A0}" ? " " : $0 }) }
}
