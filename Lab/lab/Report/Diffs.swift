// The section of the report that shows what changes from stage to stage.

import LabKit

enum ReportDiffs {
    /// Empty where the source is not at hand.
    static var html: String {
        guard let sources = StageSources() else { return "" }
        let diffs = Stage.all.compactMap { stage in
            stage.base.map { section(StageDiff(from: $0, to: stage, sources)) }
        }
        return """
            <h2 id="changes">What changes from stage to stage</h2>
            <p>Every difference between neighbours, under the idea it carries, with the test that fails without it. In the
            terminal: <code>swift run -c release lab diff 3 4</code>.</p>
            \(diffs.joined(separator: "\n"))
            """
    }

    private static func section(_ diff: StageDiff) -> String {
        let changed = diff.files.flatMap { $0.hunks.flatMap(\.hunk.changed) }.count
        let how = diff.isRewrite ? "; to be read side by side" : ""
        return """
            <details><summary>\(HTML.escape(diff.old.title)) to \(HTML.escape(diff.new.title)):
            \(changed) lines in \(diff.files.count == 1 ? "one file" : "\(diff.files.count) files")\(how)</summary>
            \(diff.files.map { file(diff, $0) }.joined(separator: "\n"))
            </details>
            """
    }

    private static func file(_ diff: StageDiff, _ file: StageDiff.File) -> String {
        let hunks = file.hunks.map { hunk, _, notes in
            let ideas = notes.map { note in
                "<p><strong>\(HTML.escape(note.idea))</strong> <span class=\"soft\">Guarded by "
                    + "<code>\(HTML.escape(note.test))</code></span></p>"
            }
            return "<div class=\"hunk\">\(ideas.joined())<pre><code>\(hunk.lines.map(line).joined())</code></pre></div>"
        }
        return "<h3><code>\(diff.new.folder)/\(file.name)</code></h3>\n\(hunks.joined(separator: "\n"))"
    }

    private static func line(_ line: DiffHunk.Line) -> String {
        let style =
            switch line.kind {
            case .same: "same"
            case .removed: "del"
            case .added: "add"
            }
        return "<span class=\"\(style)\">\(line.kind.rawValue)\(HTML.escape(line.text))</span>"
    }
}
