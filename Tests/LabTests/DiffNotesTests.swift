// The notes of `lab diff` keep up with the code: every hunk has one, and each names a test that is there.

import LabKit
import Testing

@testable import lab

@Suite("Notes on the differences") struct DiffNotesTests {
    private let sources = StageSources()

    private static let pairs = Stage.all.compactMap { stage in stage.base.map { [$0, stage] } }

    @Test(arguments: pairs) func everyHunkHasANote(_ pair: [Stage]) throws {
        let diff = StageDiff(from: pair[0], to: pair[1], try #require(sources))
        // main.swift tells its story itself.
        for file in diff.files where file.name != "main.swift" {
            for (hunk, notes, _) in file.hunks where notes.isEmpty {
                let lines = hunk.lines.map { "\($0.kind.rawValue)\($0.text)" }.joined(separator: "\n")
                Issue.record(
                    "Lab/lab/Diff/DiffNotes.swift has no note for this hunk of \(pair[1].name)/\(file.name):\n\(hunk.header)\n\(lines)"
                )
            }
        }
    }

    @Test(arguments: DiffNote.all) func everyAnchorIsInOneHunk(_ note: DiffNote) throws {
        let old = try #require(note.stage.base)
        let diff = StageDiff(from: old, to: note.stage, try #require(sources))
        let hunks = diff.files.filter { $0.name == note.file }.flatMap(\.hunks).map(\.hunk)
        for anchor in note.anchors {
            let count = hunks.count { hunk in hunk.changed.contains { $0.text.contains(anchor) } }
            #expect(count == 1, "'\(anchor)' is in \(count) hunks of \(note.stage.name)/\(note.file)")
        }
    }

    @Test(arguments: DiffNote.all) func everyTestIsThere(_ note: DiffNote) throws {
        let sources = try #require(sources)
        if note.test.hasPrefix("Contract: ") {
            let name = note.test.dropFirst("Contract: ".count)
            if CheckClause.all.contains(where: { $0.name == name }) { return }
            let contract = Repository.sources.filter { $0.key.contains("/Contract/") }.values
            #expect(contract.contains { $0.contains("\"\(name)\"") }, "no clause of the contract is called \(name)")
        } else {
            let parts = note.test.split(separator: ".")
            try #require(parts.count == 2)
            let text = try #require(sources.text("Tests/StageTests/Claims/\(parts[0]).swift"))
            #expect(text.contains("func \(parts[1])("), "\(parts[0]) has no \(parts[1])")
        }
    }
}
