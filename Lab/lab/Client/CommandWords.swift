// A line that somebody typed, as the words of a command.

import LabKit

/// Cuts a line into words.
enum CommandWords {
    /// The words of a line. Words in double quotes may hold spaces and the escapes \n \r \t \b \a \" \\ and \xff, those
    /// in single quotes spaces and \'. Nil where a quote is not closed, or is followed by more than a space.
    static func split(_ line: String) -> [[UInt8]]? {
        var words: [[UInt8]] = []
        var rest = Array(line.utf8)[...]
        while true {
            rest = rest.drop { isSpace($0) }
            guard !rest.isEmpty else { return words }
            guard let word = takeWord(&rest) else { return nil }
            words.append(word)
        }
    }

    private static func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (9...13).contains(byte)
    }

    private static func takeWord(_ rest: inout ArraySlice<UInt8>) -> [UInt8]? {
        var word: [UInt8] = []
        while let byte = rest.first, !isSpace(byte) {
            rest.removeFirst()
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "'"):
                guard let text = takeQuoted(&rest, by: byte) else { return nil }
                word += text
                guard rest.first.map(isSpace) ?? true else { return nil }
            default: word.append(byte)
            }
        }
        return word
    }

    private static func takeQuoted(_ rest: inout ArraySlice<UInt8>, by quote: UInt8) -> [UInt8]? {
        var text: [UInt8] = []
        while let byte = rest.popFirst() {
            if byte == quote { return text }
            guard byte == UInt8(ascii: "\\"), let next = rest.first else {
                text.append(byte)
                continue
            }
            if quote == UInt8(ascii: "\"") {
                text.append(takeEscape(&rest))
            } else if next == quote {
                text.append(quote)
                rest.removeFirst()
            } else {
                text.append(byte)
            }
        }
        return nil
    }

    /// What follows a backslash, as the byte it stands for.
    private static func takeEscape(_ rest: inout ArraySlice<UInt8>) -> UInt8 {
        let letter = rest.removeFirst()
        switch letter {
        case UInt8(ascii: "n"): return 10
        case UInt8(ascii: "r"): return 13
        case UInt8(ascii: "t"): return 9
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "a"): return 7
        case UInt8(ascii: "x"):
            let digits = rest.prefix(2)
            guard digits.count == 2, digits.allSatisfy({ UnicodeScalar($0).properties.isASCIIHexDigit }),
                let value = UInt8(String(decoding: digits, as: UTF8.self), radix: 16)
            else { return letter }
            rest.removeFirst(2)
            return value
        default: return letter
        }
    }
}
