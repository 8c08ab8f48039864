// `lab diff 3 4`: what changes from one stage to the next; each hunk under the idea it carries.

import LabKit

func runDiff(_ arguments: [String]) throws {
    let options = CommandOptions(
        command: "lab diff", summary: "Shows what changes from one server to the next: lab diff 3 4, lab diff 2 pool",
        options: [], words: "[word ...]")
    let values = try options.values(arguments)
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
        terminal.line("From \(old.title) to \(new.title)", .heading)
        if isRewrite {
            terminal.line()
            terminal.paragraph(
                "Read these two side by side rather than line by line: what was a stack is a state now.")
        }
        for file in files {
            let oldPath = old.files.contains(file.name) ? "\(old.folder)/\(file.name)" : "/dev/null"
            terminal.line("\n--- \(oldPath)", .bold)
            terminal.line("+++ \(new.folder)/\(file.name)", .bold)
            for (hunk, _, notes) in file.hunks {
                terminal.line()
                for note in notes {
                    terminal.paragraph(note.idea, indent: "  ", .heading)
                    terminal.paragraph("Guarded by \(note.test)", indent: "  ", .dim)
                }
                terminal.line(hunk.header, .dim)
                for line in hunk.lines { terminal.line("\(line.kind.rawValue)\(line.text)", line.kind.style) }
            }
        }
        for name in old.files where !new.files.contains(name) {
            terminal.line("\n\(old.folder)/\(name) is not needed any more.", .bold)
        }
    }
}

extension DiffHunk.Line.Kind {
    fileprivate var style: Terminal.Style? {
        switch self {
        case .same: nil
        case .added: .good
        case .removed: .bad
        }
    }
}
