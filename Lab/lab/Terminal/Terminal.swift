// Where the lab prints: how wide it is, whether it is a terminal, and whether colour is wanted there.

import Foundation
import LabKit

/// Standard output, as something to write for.
struct Terminal {
    /// Columns.
    let width: Int
    /// Whether lines can be drawn again.
    let isInteractive: Bool
    /// Whether anybody can answer a question.
    var canAsk = false
    let hasColor: Bool

    /// Of text: longer lines are hard to read.
    var textWidth: Int { min(width, 110) }

    // MARK: Styles. Plain text where there is no colour.

    enum Style {
        case bold, dim, heading, good, bad
        /// Each stage has a colour of its own, the same as in the report.
        case stage(Stage)

        var code: String {
            switch self {
            case .bold: "1"
            case .dim: "2"
            case .heading: "1;36"
            case .good: "32"
            case .bad: "1;31"
            case .stage(let stage): "38;5;\(stage.color.terminal)"
            }
        }
    }

    func styled(_ text: String, _ style: Style?) -> String {
        guard let style, hasColor, !text.isEmpty else { return text }
        return "\u{1B}[\(style.code)m\(text)\u{1B}[0m"
    }

    // MARK: Printing

    func line(_ text: String = "", _ style: Style? = nil) { print(styled(text.plainSpaces, style)) }

    func paragraph(_ text: String, indent: String = "", _ style: Style? = nil) {
        for text in Self.wrap(text, width: textWidth, indent: indent) { line(text, style) }
    }

    func table(_ table: TextTable) {
        let headings = table.headingCount(width: textWidth)
        for (index, text) in table.lines(width: textWidth).enumerated() { line(text, index < headings ? .bold : nil) }
    }

    /// Breaks `text` between words into lines of at most `width` columns; `indent` goes before each.
    static func wrap(_ text: String, width: Int, indent: String = "") -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if !line.isEmpty && indent.count + line.count + 1 + word.count > width {
                lines.append(indent + line)
                line = ""
            }
            line += (line.isEmpty ? "" : " ") + word
        }
        if !line.isEmpty { lines.append(indent + line) }
        return lines
    }

    /// A label, and a text in a column of its own beside it.
    static func wrap(_ label: String, _ text: String, column: Int, width: Int) -> [String] {
        var lines = wrap(text, width: width, indent: String(repeating: " ", count: column))
        if lines.isEmpty { return [label] }
        lines[0] = label.padded(to: column) + lines[0].dropFirst(column)
        return lines
    }
}

extension Terminal {
    /// What this process has. `NO_COLOR` (set, and not empty) turns colour off, as does a terminal that calls itself
    /// dumb.
    init() {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let variables = ProcessInfo.processInfo.environment
        let isDumb = variables["TERM"] == "dumb"
        var size = winsize()
        var width = variables["COLUMNS"].flatMap { Int($0) } ?? 80
        if isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { width = Int(size.ws_col) }
        // On a narrow one lines wrap, and cannot be drawn over.
        self.init(
            width: min(max(width, 40), 200), isInteractive: isTerminal && !isDumb && width >= 60,
            canAsk: isTerminal && isatty(STDIN_FILENO) == 1,
            hasColor: isTerminal && !isDumb && (variables["NO_COLOR"] ?? "").isEmpty)
    }
}

extension String {
    /// Flush left, and flush right.
    func padded(to width: Int) -> String { self + String(repeating: " ", count: max(0, width - count)) }
    func aligned(to width: Int) -> String { String(repeating: " ", count: max(0, width - count)) + self }

    /// Where lines may not be broken is decided by now, and a search in the output is for plain spaces.
    var plainSpaces: String { replacing("\u{A0}", with: " ") }
}
