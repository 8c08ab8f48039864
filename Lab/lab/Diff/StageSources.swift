// The source of the stages, read where it stands.

@preconcurrency import Glibc
import LabKit

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

    /// The files of a stage in the order in which to read them.
    func files(of stage: Stage) -> [String] {
        stage.files
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
        let added = isRewrite ? [] : files(of: new).filter { !files(of: old).contains($0) }
        let first = added + [new.ideaFile]
        let names = first + files(of: new).reversed().filter { !first.contains($0) }
        return names.compactMap { file in
            let hunks = LineDiff.hunks(
                from: lines(old, file), to: lines(new, file),
                gap: isRewrite ? lines(old, file).count + lines(new, file).count : 3)
            return hunks.isEmpty ? nil : (file, hunks)
        }
    }
}
