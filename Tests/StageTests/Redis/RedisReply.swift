// Replies as they came: two are equal when their bytes are. So `$-1` and `*-1`, or a map and an array, are different
// things, which the client in Shared does not tell apart.

import LabKit

@testable import Shared

/// A RESP reply, version 2 or 3.
struct RedisReply: Equatable {
    let bytes: [UInt8]

    /// Decodes all replies in `bytes`; nil when they are no replies, or the last one is cut off.
    static func decodeAll(_ bytes: some Sequence<UInt8>) -> [RedisReply]? {
        let bytes = Array(bytes)
        var decoder = ReplyDecoder(bytes: bytes.span)
        var replies: [RedisReply] = []
        while decoder.position < bytes.count {
            let start = decoder.position
            guard (try? decoder.reply(.resp2)) != nil else { return nil }
            replies.append(RedisReply(bytes: Array(bytes[start..<decoder.position])))
        }
        return replies
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// What a client has decoded, without what only one protocol can say: a status is a string, and a map an array.
    init(_ reply: Reply) {
        switch reply {
        case .null: bytes = "$-1\r\n".bytes
        case .error(let text): bytes = "-".bytes + text + "\r\n".bytes
        case .status(let text), .string(let text): bytes = "$\(text.count)\r\n".bytes + text + "\r\n".bytes
        case .integer(let value): bytes = ":\(value)\r\n".bytes
        case .array(let elements): bytes = "*\(elements.count)\r\n".bytes + elements.flatMap { Self($0).bytes }
        case .map(let pairs): bytes = Self(.array(Array(pairs.joined()))).bytes
        }
    }

    var sign: UInt8 { bytes[0] }

    /// What it says to a client.
    private var value: Reply? {
        var decoder = ReplyDecoder(bytes: bytes.span)
        return try? decoder.reply(.resp2)
    }

    var number: Int? {
        if case .integer(let number) = value { Int(number) } else { nil }
    }

    /// Of a string, a status or an error.
    var text: String { value?.text ?? "" }

    /// Of an array, a set or a map: what follows its first line.
    var elements: [RedisReply] {
        if !"*~%".utf8.contains(sign) { return [] }
        return Self.decodeAll(bytes.drop { $0 != UInt8(ascii: "\n") }.dropFirst()) ?? []
    }

    /// For an array or map of names and values in turn, such as HELLO's: the value of `name`.
    subscript(name: String) -> RedisReply? { index(of: name).map { elements[$0] } }

    func index(of name: String) -> Int? {
        let elements = elements
        return stride(from: 1, to: elements.count, by: 2).first { elements[$0 - 1].text == name }
    }
}

extension RedisReply: CustomStringConvertible {
    var description: String {
        let elements = elements
        return elements.isEmpty ? bytes.inQuotes : "\(UnicodeScalar(sign))\(elements)"
    }
}

extension [UInt8] {
    /// The bytes for people: in quotes, what cannot be printed escaped. The middle of a long text is left out.
    var inQuotes: String {
        guard count > 400 else { return "\"\(escaped)\"" }
        return "\"\(Array(prefix(150)).escaped) ... \(count - 300) bytes ... \(Array(suffix(150)).escaped)\""
    }
}
