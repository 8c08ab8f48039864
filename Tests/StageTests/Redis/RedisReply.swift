// Replies as they look on the wire: unlike the client in Shared, this keeps every sign, so that `$-1` and `*-1`,
// or a map and an array, are different things.

import Shared

/// A RESP reply, version 2 or 3.
struct RedisReply: Equatable {
    var sign: UInt8
    /// What stands on the line; of a string, its bytes.
    var text: [UInt8]
    var elements: [RedisReply] = []

    /// A string that is no string: `$-1`. Not to be taken for the string `-1`.
    private var isNull = false

    /// Decodes all replies in `bytes`; nil when they are no replies, or the last one is cut off.
    static func decodeAll(_ bytes: [UInt8]) -> [RedisReply]? {
        var rest = bytes[...]
        var replies: [RedisReply] = []
        while !rest.isEmpty {
            guard let reply = RedisReply(&rest) else { return nil }
            replies.append(reply)
        }
        return replies
    }

    private init?(_ rest: inout ArraySlice<UInt8>) {
        guard let sign = rest.popFirst(), let end = rest.firstIndex(of: UInt8(ascii: "\r")),
            rest.dropFirst(end - rest.startIndex + 1).first == UInt8(ascii: "\n")
        else { return nil }
        self.sign = sign
        text = Array(rest[..<end])
        rest = rest[(end + 2)...]
        switch sign {
        case UInt8(ascii: "+"), UInt8(ascii: "-"), UInt8(ascii: ":"), UInt8(ascii: "_"), UInt8(ascii: "#"):
            return
        case UInt8(ascii: "$"), UInt8(ascii: "="):
            guard let count = number else { return nil }
            isNull = count < 0
            if isNull { return }
            guard rest.count >= count + 2, rest.dropFirst(count).prefix(2).elementsEqual("\r\n".utf8) else {
                return nil
            }
            text = Array(rest.prefix(count))
            rest = rest.dropFirst(count + 2)
        case UInt8(ascii: "*"), UInt8(ascii: "%"), UInt8(ascii: "~"):
            guard let count = number else { return nil }
            for _ in 0..<max(0, sign == UInt8(ascii: "%") ? count * 2 : count) {
                guard let element = RedisReply(&rest) else { return nil }
                elements.append(element)
            }
        default: return nil
        }
    }

    /// What a client has decoded, without what only one protocol can say: a status is a string, and a map an array.
    init(_ reply: Reply) {
        sign = UInt8(ascii: "$")
        text = []
        switch reply {
        case .null: (text, isNull) = (Array("-1".utf8), true)
        case .error(let message): (sign, text) = (UInt8(ascii: "-"), message)
        case .status(let string), .string(let string): text = string
        case .integer(let value): (sign, text) = (UInt8(ascii: ":"), Array("\(value)".utf8))
        case .array(let replies): (sign, elements) = (UInt8(ascii: "*"), replies.map { Self($0) })
        case .map(let pairs): (sign, elements) = (UInt8(ascii: "*"), pairs.joined().map { Self($0) })
        }
    }

    var number: Int? { Int(String(decoding: text, as: UTF8.self)) }

    var string: String { String(decoding: text, as: UTF8.self) }

    /// For an array or map of names and values in turn, such as HELLO's: the value of `name`.
    subscript(name: String) -> RedisReply? {
        get { index(of: name).map { elements[$0] } }
        set { if let newValue, let index = index(of: name) { elements[index] = newValue } }
    }

    private func index(of name: String) -> Int? {
        stride(from: 1, to: elements.count, by: 2).first { elements[$0 - 1].string == name }
    }

    static func integer(_ value: Int) -> RedisReply {
        var digits = Array(":\(value)\r\n".utf8)[...]
        return RedisReply(&digits)!
    }
}

extension RedisReply: CustomStringConvertible {
    var description: String {
        let sign = String(UnicodeScalar(self.sign))
        if !elements.isEmpty { return sign + "[" + elements.map(\.description).joined(separator: ", ") + "]" }
        return sign
            + (self.sign == UInt8(ascii: "$") && !isNull ? text.quoted : String(text.quoted.dropFirst().dropLast()))
    }
}

extension Sequence<UInt8> {
    /// The bytes for people: in quotes, what cannot be printed escaped. The middle of a long text is left out.
    var quoted: String {
        let bytes = Array(self)
        guard bytes.count > 400 else { return "\"" + bytes.map(\.escaped).joined() + "\"" }
        let (start, end) = (bytes.prefix(150).map(\.escaped).joined(), bytes.suffix(150).map(\.escaped).joined())
        return "\"\(start) ... \(bytes.count - 300) bytes ... \(end)\""
    }
}

extension UInt8 {
    /// As it stands in quotes: in a failure's message, and in an inline request.
    var escaped: String {
        switch self {
        case UInt8(ascii: "\r"): return "\\r"
        case UInt8(ascii: "\n"): return "\\n"
        case UInt8(ascii: "\""), UInt8(ascii: "\\"): return "\\" + String(UnicodeScalar(self))
        case 32..<127: return String(UnicodeScalar(self))
        default:
            let digits = String(self, radix: 16)
            return "\\x" + (digits.count == 1 ? "0" : "") + digits
        }
    }
}
