// What changes from one stage to the next, with the notes that explain it.

@preconcurrency import Glibc
import LabKit

/// The differences of two neighbouring stages.
struct StageDiff: Sendable {
    struct File: Sendable {
        let name: String
        /// With all notes that explain each, and with those that no hunk before it had.
        let hunks: [(hunk: DiffHunk, notes: [DiffNote], news: [DiffNote])]
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
            var rest = notes
            return File(
                name: name,
                hunks: hunks.map { hunk in
                    defer { rest.removeAll { $0.explains(hunk) } }
                    return (hunk, notes.filter { $0.explains(hunk) }, rest.filter { $0.explains(hunk) })
                })
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
        (self.stage, self.file, self.idea, self.test, self.anchors) = (stage, file, idea, test, anchors)
    }

    func explains(_ hunk: DiffHunk) -> Bool {
        anchors.contains { anchor in hunk.changed.contains { $0.text.contains(anchor) } }
    }
}

/// The package's folder, found from the running program, which is in its `.build`.
struct StageSources: Sendable {
    private let folder: String

    /// - Returns: nil where the program has been taken out of its package.
    init?() {
        guard let folder = Self.packageFolder(holding: "\(Stage.sync.folder)/main.swift") else { return nil }
        self.folder = folder
    }

    /// The folder above this program, or the current one, that holds a file of the package.
    static func packageFolder(holding file: String) -> String? {
        var folder = ServerProcess.buildFolder[...]
        while !folder.isEmpty {
            if access("\(folder)/\(file)", R_OK) == 0 { return String(folder) }
            folder = folder.prefix(upTo: folder.lastIndex(of: "/") ?? folder.startIndex)
        }
        // The program was built elsewhere, but may be run from here.
        return access(file, R_OK) == 0 ? "." : nil
    }

    /// The lines of a file of a stage; none if there is no such file.
    func lines(_ stage: Stage, _ file: String) -> [String] {
        guard let text = ProcessFacts.text("\(folder)/\(stage.folder)/\(file)") else { return [] }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }

    /// All text under a folder of the package, file by file, for who searches it.
    func text(_ path: String) -> String? {
        ProcessFacts.text("\(folder)/\(path)")
    }

    /// Where two neighbours differ, file by file. Stages 2 and 3 have little in common but the application, and are
    /// read side by side: there each file is one hunk.
    func changes(from old: Stage, to new: Stage) -> [(file: String, hunks: [DiffHunk])] {
        let isRewrite = old.isLoop != new.isLoop
        // What is new is read before what uses it. Then comes the file where the idea shows, and the story last.
        let added = isRewrite ? [] : new.files.filter { !old.files.contains($0) }
        let first = added + [new.ideaFile]
        let names = first + new.files.reversed().filter { !first.contains($0) }
        return names.compactMap { file in
            let hunks = LineDiff.hunks(
                from: lines(old, file), to: lines(new, file),
                gap: isRewrite ? lines(old, file).count + lines(new, file).count : 3)
            return hunks.isEmpty ? nil : (file, hunks)
        }
    }
}
