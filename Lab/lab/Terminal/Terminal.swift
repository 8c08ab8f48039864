// Where the lab prints: how wide it is, whether it is a terminal, and whether colour is wanted there.

@preconcurrency import Glibc
import LabKit

/// Standard output, as something to write for.
struct Terminal: Sendable {
    /// Columns.
    let width: Int
    /// Whether lines can be drawn again.
    let isInteractive: Bool
    /// Whether anybody can answer a question.
    let canAsk: Bool
    let hasColor: Bool

    init(width: Int, isInteractive: Bool, canAsk: Bool = false, hasColor: Bool) {
        self.width = width
        self.isInteractive = isInteractive
        self.canAsk = canAsk
        self.hasColor = hasColor
    }

    /// What this process has. `NO_COLOR` (set, and not empty) turns colour off, as does a terminal that calls itself
    /// dumb.
    init() {
        let isTerminal = isatty(STDOUT_FILENO) == 1
        let isDumb = Self.variable("TERM") == "dumb"
        var size = winsize()
        var width = Self.variable("COLUMNS").flatMap { Int($0) } ?? 80
        if isTerminal, ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 { width = Int(size.ws_col) }
        // On a narrow one lines wrap, and cannot be drawn over.
        self.init(
            width: min(max(width, 40), 200), isInteractive: isTerminal && !isDumb && width >= 60,
            canAsk: isTerminal && isatty(STDIN_FILENO) == 1,
            hasColor: isTerminal && !isDumb && (Self.variable("NO_COLOR") ?? "").isEmpty)
    }

    private static func variable(_ name: String) -> String? {
        getenv(name).map { String(cString: $0) }
    }

    // MARK: Styles. Plain text where there is no colour.

    enum Style: Sendable {
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

    func styled(_ text: String, _ style: Style) -> String {
        hasColor && !text.isEmpty ? "\u{1B}[\(style.code)m\(text)\u{1B}[0m" : text
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
}
