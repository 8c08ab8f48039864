// What changes from one stage to the next, with the notes that explain it.

import LabKit

/// The differences of two neighbouring stages.
struct StageDiff: Sendable {
    struct File: Sendable {
        let name: String
        let hunks: [(hunk: DiffHunk, notes: [DiffNote])]
    }

    let old: Stage
    let new: Stage
    let files: [File]
    /// Whether the two are to be read side by side, since almost every line is another one.
    let isRewrite: Bool

    init(from old: Stage, to new: Stage, _ sources: StageSources) {
        self.old = old
        self.new = new
        isRewrite = old.isLoop != new.isLoop
        files = sources.changes(from: old, to: new).map { name, hunks in
            let notes = DiffNote.all.filter { $0.stage == new && $0.file == name }
            return File(name: name, hunks: hunks.map { hunk in (hunk, notes.filter { $0.explains(hunk) }) })
        }
    }
}

/// Why one or more hunks are there.
struct DiffNote: Sendable, Equatable {
    /// The stage they lead to.
    let stage: Stage
    let file: String
    let idea: String
    /// What fails when the change is taken back: a test, as `Suite.function`, or a clause of the contract that all
    /// stages keep.
    let test: String
    /// Each is a part of a line that one of the hunks adds or removes, and no other hunk of the file does.
    let anchors: [String]

    init(_ stage: Stage, _ file: String, _ idea: String, test: String, at anchors: String...) {
        self.stage = stage
        self.file = file
        self.idea = idea
        self.test = test
        self.anchors = anchors
    }

    func explains(_ hunk: DiffHunk) -> Bool {
        anchors.contains { anchor in hunk.changed.contains { $0.text.contains(anchor) } }
    }
}
