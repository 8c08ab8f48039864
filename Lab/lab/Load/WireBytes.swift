// Replies as bytes, for clients that know what they must get.

import LabKit
import Shared

extension WireProtocol {
    func reply(string bytes: [UInt8]) -> [UInt8] {
        if self == .lengthPrefixed { return Self.word(5 + bytes.count) + [2] + Self.word(bytes.count) + bytes }
        return "$\(bytes.count)\r\n".bytes + bytes + "\r\n".bytes
    }

    /// `OK` and the like, for which the length-prefixed protocol has only strings.
    func reply(status text: String) -> [UInt8] {
        if self == .lengthPrefixed { return reply(string: Array(text.utf8)) }
        return "+\(text)\r\n".bytes
    }

    func reply(integer value: Int) -> [UInt8] {
        if self == .lengthPrefixed { return Self.word(9) + [3] + Self.word(value) + Self.word(value >> 32) }
        return ":\(value)\r\n".bytes
    }

    /// 32 bits, little-endian: see LengthPrefixedCodec.
    static func word(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
