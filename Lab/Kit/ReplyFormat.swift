// Replies as text.

import Shared

/// Shows replies to a person.
public enum ReplyFormat {
    /// Bytes in double quotes, with escapes for what is not printable ASCII.
    public static func quoted(_ bytes: [UInt8]) -> String {
        "\"" + bytes.map(escaped).joined() + "\""
    }

    private static func escaped(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "\\"): "\\\\"
        case UInt8(ascii: "\""): "\\\""
        case UInt8(ascii: "\n"): "\\n"
        case UInt8(ascii: "\r"): "\\r"
        case UInt8(ascii: "\t"): "\\t"
        case 7: "\\a"
        case 8: "\\b"
        case 0x20..<0x7f: String(UnicodeScalar(byte))
        default: "\\x" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }
    }
}
