// Replies as text, the way redis-cli shows them: for people on a terminal, as they are for programs.

import LabKit
import Shared

/// Shows replies. The result is bytes, not a String, for a value need not be text.
enum ReplyFormat {
    // MARK: For people

    /// The same, where it is known what was asked: text that is made of lines is printed as lines, as redis-cli does.
    static func forTerminal(_ reply: Reply, to words: [[UInt8]]) -> [UInt8] {
        let names = words.prefix(2).map { String(decoding: $0, as: UTF8.self).uppercased() }
        let isText = names.first == "INFO" || ["CLIENT LIST", "CLIENT INFO"].contains(names.joined(separator: " "))
        guard isText, case .string(let bytes) = reply else { return forTerminal(reply) }
        return bytes.filter { $0 != UInt8(ascii: "\r") }
    }

    /// Every kind of reply can be told from every other. Ends with a line break.
    ///
    /// - Parameter indent: what the second line, and those after it, start with.
    static func forTerminal(_ reply: Reply, indent: String = "") -> [UInt8] {
        switch reply {
        case .null: "(nil)\n".bytes
        case .error(let message): "(error) ".bytes + message + "\n".bytes
        case .status(let text): text + "\n".bytes
        case .string(let bytes): Array("\"\(bytes.escaped)\"\n".utf8)
        case .integer(let value): "(integer) \(value)\n".bytes
        case .array(let elements) where elements.isEmpty: "(empty array)\n".bytes
        case .map(let pairs) where pairs.isEmpty: "(empty hash)\n".bytes
        case .array(let elements):
            numbered(elements.count, ")", indent) { index, inner in
                forTerminal(elements[index], indent: inner)
            }
        case .map(let pairs):
            numbered(pairs.count, "#", indent) { index, inner in
                forTerminal(pairs[index][0], indent: inner).dropLast() + " => ".bytes
                    + forTerminal(pairs[index][1], indent: inner)
            }
        }
    }

    /// The first line follows the number of the array that this one is in, so it is not indented.
    private static func numbered(
        _ count: Int, _ separator: String, _ indent: String, _ element: (_ index: Int, _ indent: String) -> [UInt8]
    ) -> [UInt8] {
        let width = String(count).count
        let inner = indent + String(repeating: " ", count: width + 2)
        return (0..<count).flatMap { index -> [UInt8] in
            let number = String(index + 1)
            let start = (index == 0 ? "" : indent) + String(repeating: " ", count: width - number.count)
            return "\(start)\(number)\(separator) ".bytes + element(index, inner)
        }
    }

    // MARK: For programs

    /// The bytes of the reply and nothing else; elements are lines. Does not end with a line break.
    static func raw(_ reply: Reply) -> [UInt8] {
        switch reply {
        case .null: []
        case .error(let message): message + "\n".bytes
        case .status(let text): text
        case .string(let bytes): bytes
        case .integer(let value): Array(String(value).utf8)
        case .array(let elements): Array(elements.map(raw).joined(separator: "\n".bytes))
        case .map(let pairs):
            Array(pairs.map { raw($0[0]) + " ".bytes + raw($0[1]) }.joined(separator: "\n".bytes))
        }
    }
}

enum CommandHelp {
    /// What is sent instead: no server of ours has a HELP, and nor has Redis.
    static let request = ["COMMAND".bytes]

    static func isAsked(by words: [[UInt8]]) -> Bool {
        words.count == 1 && String(decoding: words[0], as: UTF8.self).uppercased() == "HELP"
    }

    /// The names in a reply to COMMAND, in order; nil if it is none.
    static func names(in reply: Reply) -> [String]? {
        guard case .array(let commands) = reply else { return nil }
        return commands.compactMap { command in
            guard case .array(let fields) = command, case .string(let name)? = fields.first else { return nil }
            return String(decoding: name, as: UTF8.self).uppercased()
        }.sorted()
    }
}
