// Drawings for the report, as text. Colours and fonts come from the page's style, by class.

import LabKit

/// An SVG element under construction. Coordinates are pixels; y grows downwards.
struct SVG: Sendable {
    let width: Double
    let height: Double
    let label: String
    private(set) var body = ""
    /// Marks that stand for something measured, so that a test can tell whether all of them are there.
    private(set) var pointCount = 0

    enum Anchor: String, Sendable { case start, middle, end }

    /// - Parameter label: what it shows, for readers who cannot see it.

    var text: String {
        "<svg class=\"plot\" viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" role=\"img\" "
            + "aria-label=\"\(HTML.escape(label))\" data-points=\"\(pointCount)\">\(body)</svg>\n"
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        body += "<line class=\"\(style)\" x1=\"\(Self.number(x1))\" y1=\"\(Self.number(y1))\" "
        body += "x2=\"\(Self.number(x2))\" y2=\"\(Self.number(y2))\"/>"
    }

    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, title: String? = nil
    ) {
        body += "<rect class=\"\(style)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
        body += "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\""
        body += Self.content(title, "rect")
    }

    mutating func text(
        _ text: String, _ x: Double, _ y: Double, _ style: String = "label", anchor: Anchor = .start
    ) {
        body += "<text class=\"\(style)\" x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" "
        body += "text-anchor=\"\(anchor.rawValue)\">\(HTML.escape(text))</text>"
    }

    /// Writes the marks of a horizontal axis. One that has no room beside the one before stays without its text.
    mutating func marks(_ marks: [(x: Double, text: String)], at y: Double) {
        var end = -Double.infinity
        for mark in marks {
            let half = Self.width(of: mark.text) / 2
            guard mark.x - half > end + 6 else { continue }
            text(mark.text, mark.x, y, "tick", anchor: .middle)
            end = mark.x + half
        }
    }

    mutating func path(_ points: [(x: Double, y: Double)], _ style: String, closed: Bool = false) {
        let steps = points.enumerated().map { index, point in
            (index == 0 ? "M" : "L") + Self.number(point.x) + " " + Self.number(point.y)
        }
        body += "<path class=\"\(style)\" d=\"\(steps.joined())\(closed ? "Z" : "")\"/>"
    }

    /// A mark whose shape tells the stages apart where colours do not.
    mutating func marker(_ shape: Int, _ x: Double, _ y: Double, _ style: String, title: String? = nil) {
        let size = 4.0
        let corners: [(Double, Double)]? =
            switch shape % 5 {
            case 1: [(-size, -size), (size, -size), (size, size), (-size, size)]
            case 2: [(0, -size - 1), (size + 1, size), (-size - 1, size)]
            case 3: nil
            case 4: [(0, -size - 1.5), (size + 1.5, 0), (0, size + 1.5), (-size - 1.5, 0)]
            default: [(0, size + 1), (size + 1, -size), (-size - 1, -size)]
            }
        guard let corners else {
            body +=
                "<circle class=\"\(style)\" cx=\"\(Self.number(x))\" cy=\"\(Self.number(y))\" r=\"\(Self.number(size))\""
            body += Self.content(title, "circle")
            return
        }
        let points = corners.map { "\(Self.number(x + $0.0)),\(Self.number(y + $0.1))" }
        body += "<polygon class=\"\(style)\" points=\"\(points.joined(separator: " "))\""
        body += Self.content(title, "polygon")
    }

    /// Counts a mark that stands for something measured; its class must include `point`.
    mutating func countPoint() {
        pointCount += 1
    }

    private static func content(_ title: String?, _ element: String) -> String {
        title.map { "><title>\(HTML.escape($0))</title></\(element)>" } ?? "/>"
    }

    /// With one digit after the point: a tenth of a pixel.
    static func number(_ value: Double) -> String {
        let rounded = (value * 10).rounded() / 10
        return rounded == rounded.rounded() ? String(Int(rounded)) : String(rounded)
    }

    /// About how wide a text of the labels' size is. Too wide rather than too narrow.
    static func width(of text: String) -> Double { Double(text.count) * 6.7 }
}

/// The bits of HTML that the report needs.
enum HTML {
    static func escape(_ text: String) -> String {
        var result = ""
        for character in text {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }

    /// A table with the first column to the left and figures to the right; too wide for the page, it scrolls.
    static func table(_ table: TextTable, caption: String? = nil) -> String {
        let caption = caption.map { "<caption>\(escape($0))</caption>" } ?? ""
        let head = table.headings.map { "<th scope=\"col\">\(escape($0))</th>" }.joined()
        let rows = table.rows.map { row in
            let cells = row.enumerated().map { index, cell in
                index == 0 ? "<th scope=\"row\">\(escape(cell))</th>" : "<td>\(escape(cell))</td>"
            }
            return "<tr>\(cells.joined())</tr>"
        }
        return "<div class=\"table\"><table>\(caption)<thead><tr>\(head)</tr></thead>\n"
            + "<tbody>\(rows.joined(separator: "\n"))</tbody></table></div>\n"
    }
}
