// Tables and bars in plain text.

import LabKit

/// A table with a line of headings, aligned: the first column to the left, figures to the right.
struct TextTable: Sendable {
    var headings: [String]
    var rows: [[String]]

    init(_ headings: [String], _ rows: [[String]] = []) {
        (self.headings, self.rows) = (headings, rows)
    }

    /// The lines of the table, at most `width` columns wide as long as the figures fit: what is too long in the first
    /// column, and in the headings, is broken between words.
    func lines(width: Int) -> [String] {
        let columns = headings.count
        var widths = (0..<columns).map { column in
            let cells = rows.map { column < $0.count ? $0[column].count : 0 }
            let words = headings[column].split(separator: " ").map(\.count)
            return max(cells.max() ?? 0, column == 0 ? headings[0].count : words.max() ?? 0)
        }
        let others = widths.dropFirst().reduce(0) { $0 + $1 + 2 }
        widths[0] = min(widths[0], max(12, width - others))
        // The room that is left lets the longest headings stay on fewer lines.
        var room = width - widths[0] - others
        for column in 1..<max(1, columns) where room > 0 {
            let wanted = min(room, max(0, headings[column].count - widths[column]))
            if wanted == headings[column].count - widths[column] {
                widths[column] += wanted
                room -= wanted
            }
        }
        var result = lines(of: headings, widths)
        result.append(widths.map { String(repeating: "─", count: $0) }.joined(separator: "  "))
        for row in rows { result += lines(of: row, widths) }
        return result
    }

    /// How many of the lines are headings and the rule below them.
    func headingCount(width: Int) -> Int {
        (lines(width: width).firstIndex { $0.hasPrefix("─") } ?? 0) + 1
    }

    private func lines(of cells: [String], _ widths: [Int]) -> [String] {
        let parts = cells.enumerated().map { column, cell in
            cell.count <= widths[column] ? [cell] : Terminal.wrap(cell, width: widths[column])
        }
        let height = parts.map(\.count).max() ?? 1
        return (0..<height).map { line in
            let texts = parts.enumerated().map { column, part in
                // The figures stand beside the last line of their label.
                let index = line - (height - max(1, part.count))
                let text = index >= 0 && index < part.count ? part[index] : ""
                return column == 0 ? text.padded(to: widths[column]) : text.aligned(to: widths[column])
            }
            return Self.trimmed(texts.joined(separator: "  "))
        }
    }

    /// Without spaces at its end.
    static func trimmed(_ line: String) -> String {
        var line = line
        while line.hasSuffix(" ") { line.removeLast() }
        return line
    }
}

/// A bar of eighths of a character: `██████▌`.
enum Bar {
    private static let eighths = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// - Parameter width: the columns of a bar whose `value` is `maximum`.
    static func text(_ value: Double, of maximum: Double, width: Int) -> String {
        guard maximum > 0, value > 0, width > 0 else { return "" }
        let parts = max(1, Int((min(value / maximum, 1) * Double(width * 8)).rounded()))
        return String(repeating: "█", count: parts / 8) + eighths[parts % 8]
    }

    /// Bars with a label before and a figure behind each, one a line.
    static func chart(_ items: [(label: String, value: Double?, figure: String)], width: Int) -> [String] {
        let labelWidth = items.map(\.label.count).max() ?? 0
        let figureWidth = items.filter { $0.value != nil }.map(\.figure.count).max() ?? 0
        let room = max(8, min(48, width - labelWidth - figureWidth - 4))
        let maximum = items.compactMap(\.value).max() ?? 0
        return items.map { label, value, figure in
            let bar = value.map { text($0, of: maximum, width: room) } ?? ""
            return TextTable.trimmed("\(label.padded(to: labelWidth))  \(bar)\(bar.isEmpty ? "" : " ")\(figure)")
        }
    }
}
