// Requests as bytes, and replies in words, for those who check servers: the tests, and `lab check`.

import Shared

extension String {
    public var bytes: [UInt8] { Array(utf8) }
    /// `SET greeting hello` as three arguments.
    public var words: [[UInt8]] { split(separator: " ").map { Array($0.utf8) } }
}

extension WireProtocol {
    /// The bytes of one request.
    public func encode(_ arguments: [[UInt8]]) -> [UInt8] {
        var buffer = ByteBuffer()
        Client.encode(arguments, self, into: &buffer)
        return buffer.bytes.withUnsafeBufferPointer { Array($0) }
    }

    /// The bytes of several requests whose arguments hold no spaces.
    public func encode(_ requests: String...) -> [UInt8] {
        requests.flatMap { encode($0.words) }
    }
}

extension Reply {
    public static func string(_ text: String) -> Reply { .string(text.bytes) }
    public static func error(_ text: String) -> Reply { .error(text.bytes) }
    public static let ok = Reply.string("OK")
    public static let pong = Reply.string("PONG")

    /// The text of a string, a status or an error.
    public var text: String? {
        switch self {
        case .string(let bytes), .status(let bytes), .error(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }

    /// Whether it says the same. OK and PONG are statuses in RESP, and the length-prefixed protocol has only strings.
    public func says(_ other: Reply) -> Bool {
        switch (self, other) {
        case (.status(let one), .string(let other)), (.string(let one), .status(let other)): one == other
        default: self == other
        }
    }

    /// Enough to know it by: some have megabytes.
    public var summary: String {
        switch self {
        case .null: "null"
        case .integer(let number): "\(number)"
        case .error(let bytes): "the error \(bytes.quoted)"
        case .status(let bytes), .string(let bytes): bytes.quoted
        case .array(let elements) where elements.count <= 8:
            "[" + elements.map(\.summary).joined(separator: ", ") + "]"
        case .array(let elements): "an array of \(elements.count)"
        case .map(let pairs): "a map of \(pairs.count)"
        }
    }
}

extension [UInt8] {
    /// The letters that stand for bytes after a backslash.
    private static let escapes: [UInt8: Character] = [
        7: "a", 8: "b", 9: "t", 10: "n", 13: "r", UInt8(ascii: "\\"): "\\", UInt8(ascii: "\""): "\"",
    ]

    /// With escapes for what is not printable ASCII, as Redis's own client shows them.
    public var escaped: String {
        map { byte in
            if let letter = Self.escapes[byte] { return "\\\(letter)" }
            if (0x20..<0x7f).contains(byte) { return String(UnicodeScalar(byte)) }
            return "\\x" + String(byte >> 4, radix: 16) + String(byte & 15, radix: 16)
        }.joined()
    }

    /// `"hello"`, and of a long one its length and its start.
    public var quoted: String {
        if count <= 60 { return "\"\(escaped)\"" }
        return "\(Format.count(count)) bytes, \"\(Array(prefix(8)).escaped)…\""
    }
}
