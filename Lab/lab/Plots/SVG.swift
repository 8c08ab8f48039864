// Drawings for the report, as text. Colours and fonts come from the page's style, by class.

import LabKit

/// An SVG element under construction. Coordinates are pixels; y grows downwards.
struct SVG {
    let width: Double
    let height: Double
    /// What it shows, for readers who cannot see it.
    let label: String
    private(set) var body = ""
    /// Marks that stand for something measured, so that a test can tell whether all of them are there: their class
    /// includes `point`.
    private(set) var pointCount = 0

    enum Anchor: String { case start, middle, end }

    var text: String {
        "<svg class=\"plot\" viewBox=\"0 0 \(Self.number(width)) \(Self.number(height))\" role=\"img\" "
            + "aria-label=\"\(HTML.escape(label))\" data-points=\"\(pointCount)\">\(body)</svg>\n"
    }

    private mutating func add(
        _ element: String, _ style: String, _ attributes: KeyValuePairs<String, any CustomStringConvertible>,
        content: String? = nil
    ) {
        let list = attributes.map { " \($0)=\"\(($1 as? Double).map(Self.number) ?? $1.description)\"" }.joined()
        body += "<\(element) class=\"\(style)\"\(list)" + (content.map { ">\($0)</\(element)>" } ?? "/>")
        if style.contains("point") { pointCount += 1 }
    }

    mutating func line(_ x1: Double, _ y1: Double, _ x2: Double, _ y2: Double, _ style: String) {
        add("line", style, ["x1": x1, "y1": y1, "x2": x2, "y2": y2])
    }

    mutating func rectangle(
        _ x: Double, _ y: Double, _ width: Double, _ height: Double, _ style: String, title: String
    ) {
        add("rect", style, ["x": x, "y": y, "width": width, "height": height], content: Self.title(title))
    }

    mutating func text(_ text: String, _ x: Double, _ y: Double, _ style: String = "label", anchor: Anchor = .start) {
        add("text", style, ["x": x, "y": y, "text-anchor": anchor.rawValue], content: HTML.escape(text))
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

    mutating func path(_ points: [(x: Double, y: Double)], _ style: String) {
        let steps = points.map { Self.number($0.x) + " " + Self.number($0.y) }
        add("path", style, ["d": "M" + steps.joined(separator: "L")])
    }

    /// A mark whose shape tells the stages apart where colours do not.
    mutating func marker(_ shape: Int, _ x: Double, _ y: Double, _ style: String, title: String) {
        let size = 4.0
        let corners: [(Double, Double)]
        switch shape % 5 {
        case 1: corners = [(-size, -size), (size, -size), (size, size), (-size, size)]
        case 2: corners = [(0, -size - 1), (size + 1, size), (-size - 1, size)]
        case 3:
            return add("circle", style, ["cx": x, "cy": y, "r": size], content: Self.title(title))
        case 4: corners = [(0, -size - 1.5), (size + 1.5, 0), (0, size + 1.5), (-size - 1.5, 0)]
        default: corners = [(0, size + 1), (size + 1, -size), (-size - 1, -size)]
        }
        let points = corners.map { "\(Self.number(x + $0.0)),\(Self.number(y + $0.1))" }
        add("polygon", style, ["points": points.joined(separator: " ")], content: Self.title(title))
    }

    private static func title(_ text: String) -> String { "<title>\(HTML.escape(text))</title>" }

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
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;")
    }

    /// What explains something, in small print.
    static func notes(_ texts: [String]) -> String { texts.map { "<p class=\"soft\">\(escape($0))</p>" }.joined() }

    static func finding(_ text: String?) -> String {
        text.map { "<p class=\"finding\">\(escape($0))</p>\n" } ?? ""
    }

    static func figure(_ caption: String, _ drawing: String) -> String {
        "<figure><figcaption>\(escape(caption))</figcaption>\(drawing)</figure>\n"
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
