// Writing JSON: every figure of a run for a program to read.

/// A JSON value. An object keeps the order of its members, so that a file reads as it was meant.
public indirect enum JSON: Sendable, Equatable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case string(String)
    case array([JSON])
    case object([Member])

    public struct Member: Sendable, Equatable {
        public let name: String
        public let value: JSON

        public init(name: String, value: JSON) {
            self.name = name
            self.value = value
        }
    }

    /// A member that is left out where `value` is nil would make readers guess: it is null instead.
    public static func optional(_ value: Double?) -> JSON { value.map { .number($0) } ?? .null }
    public static func optional(_ value: Int?) -> JSON { value.map { .integer($0) } ?? .null }
    public static func optional(_ value: String?) -> JSON { value.map { .string($0) } ?? .null }

    /// The text, indented; short arrays of plain values stay on one line.
    public var text: String {
        var result = ""
        write(into: &result, indent: 0)
        return result + "\n"
    }

    private var isPlain: Bool {
        switch self {
        case .array, .object: false
        default: true
        }
    }

    private func write(into text: inout String, indent: Int) {
        switch self {
        case .null: text += "null"
        case .bool(let value): text += value ? "true" : "false"
        case .integer(let value): text += String(value)
        // JSON has no word for what is not a number.
        case .number(let value): text += value.isFinite ? Self.decimal(value) : "null"
        case .string(let value): Self.quote(value, into: &text)
        case .array(let values):
            let isShort = values.allSatisfy(\.isPlain)
            Self.write(values.count, "[", "]", isShort, indent, into: &text) { index, text in
                values[index].write(into: &text, indent: indent + 2)
            }
        case .object(let members):
            let isShort = members.count <= 6 && members.allSatisfy(\.value.isPlain)
            Self.write(members.count, "{", "}", isShort, indent, into: &text) { index, text in
                Self.quote(members[index].name, into: &text)
                text += ": "
                members[index].value.write(into: &text, indent: indent + 2)
            }
        }
    }

    private static func write(
        _ count: Int, _ open: String, _ close: String, _ isShort: Bool, _ indent: Int, into text: inout String,
        _ element: (Int, inout String) -> Void
    ) {
        let newLine = { (depth: Int) in isShort || count == 0 ? "" : "\n" + String(repeating: " ", count: depth) }
        text += open
        for index in 0..<count {
            text += (index == 0 ? "" : isShort ? ", " : ",") + newLine(indent + 2)
            element(index, &text)
        }
        text += newLine(indent) + close
    }

    /// Swift writes 1e-05 and 5e+20 as JSON does, and whole numbers with `.0`.
    private static func decimal(_ value: Double) -> String { "\(value)" }

    private static func quote(_ string: String, into text: inout String) {
        text += "\""
        for scalar in string.unicodeScalars {
            switch scalar {
            case "\"": text += "\\\""
            case "\\": text += "\\\\"
            case "\n": text += "\\n"
            case "\t": text += "\\t"
            case "\r": text += "\\r"
            case _ where scalar.value < 0x20:
                let digits = String(scalar.value, radix: 16)
                text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            default: text.unicodeScalars.append(scalar)
            }
        }
        text += "\""
    }
}

extension JSON: ExpressibleByDictionaryLiteral {
    public init(dictionaryLiteral elements: (String, JSON)...) {
        self = .object(elements.map { Member(name: $0.0, value: $0.1) })
    }
}

extension JSON: ExpressibleByStringLiteral {
    public init(stringLiteral value: String) { self = .string(value) }
}
