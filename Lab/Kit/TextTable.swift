// Columns for the terminal.

/// A table of text: the first column to the left, the others, which are mostly numbers, to the right.
public struct TextTable: Sendable {
    private var rows: [[String]]

    /// - Parameter header: the first row; empty for none.
    public init(_ header: [String]) {
        rows = header.isEmpty ? [] : [header]
    }

    public mutating func add(_ row: [String]) {
        rows.append(row)
    }

    public var text: String {
        let columns = rows.map(\.count).max() ?? 0
        let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max()! }
        return rows.map { row in
            row.enumerated().map { column, cell in
                let space = String(repeating: " ", count: widths[column] - cell.count)
                if column == 0 { return row.count == 1 ? cell : cell + space }
                return space + cell
            }.joined(separator: "  ")
        }.joined(separator: "\n")
    }
}

/// Numbers with a fixed number of digits after the point, without a formatter.
public enum Figure {
    public static func fixed(_ value: Double, _ digits: Int) -> String {
        guard value.isFinite else { return "-" }
        let scale = (0..<digits).reduce(1.0) { scale, _ in scale * 10 }
        let scaled = Int((abs(value) * scale).rounded())
        let whole = String(scaled / Int(scale))
        let sign = value < 0 && scaled > 0 ? "-" : ""
        if digits == 0 { return sign + whole }
        let rest = String(scaled % Int(scale))
        return sign + whole + "." + String(repeating: "0", count: digits - rest.count) + rest
    }

    /// Three digits that matter: 0.123, 1.23, 12.3, 123.
    public static func short(_ value: Double) -> String {
        fixed(value, abs(value) < 1 ? 3 : abs(value) < 10 ? 2 : abs(value) < 100 ? 1 : 0)
    }

    /// Thousands apart from each other: 1,234,567.
    public static func grouped(_ value: Int) -> String {
        var result = ""
        for (index, digit) in String(abs(value)).reversed().enumerated() {
            if index > 0 && index % 3 == 0 { result = "," + result }
            result = String(digit) + result
        }
        return (value < 0 ? "-" : "") + result
    }

    /// A duration in the unit that suits it.
    public static func duration(nanoseconds: Int) -> String {
        switch nanoseconds {
        case ..<1_000: "\(nanoseconds) ns"
        case ..<1_000_000: short(Double(nanoseconds) / 1e3) + " us"
        case ..<1_000_000_000: short(Double(nanoseconds) / 1e6) + " ms"
        default: short(Double(nanoseconds) / 1e9) + " s"
        }
    }

    /// A number of bytes in the unit that suits it.
    public static func bytes(_ count: Int) -> String {
        switch abs(count) {
        case ..<10_000: "\(count) B"
        case ..<10_000_000: short(Double(count) / 1e3) + " kB"
        case ..<10_000_000_000: short(Double(count) / 1e6) + " MB"
        default: short(Double(count) / 1e9) + " GB"
        }
    }
}
