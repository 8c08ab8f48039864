// Requests as bytes, and replies as they are written in tests.

import LabKit
import Shared
import Testing

extension String {
    var bytes: [UInt8] { Array(utf8) }
    /// `SET greeting hello` as three arguments.
    var words: [[UInt8]] { split(separator: " ").map { Array($0.utf8) } }
}

extension Stage {
    /// The bytes of one request.
    func encode(_ arguments: [[UInt8]]) -> [UInt8] {
        var buffer = ByteBuffer()
        Client.encode(arguments, wireProtocol, into: &buffer)
        return buffer.bytes.withUnsafeBufferPointer { Array($0) }
    }

    /// The bytes of several requests whose arguments hold no spaces.
    func encode(_ requests: String...) -> [UInt8] {
        requests.flatMap { encode($0.words) }
    }

    /// Something that is no request, and the error it gets.
    var malformed: (bytes: [UInt8], error: Reply) {
        wireProtocol == .lengthPrefixed
            ? ([0xff, 0xff, 0xff, 0xff], .error("ERR Protocol error: frame too long"))
            : ("*oops\r\n".bytes, .error("ERR Protocol error: invalid multibulk length"))
    }

    /// A text of the server's own: the binary protocol does not tell it from other strings.
    func status(_ text: String) -> Reply {
        wireProtocol == .lengthPrefixed ? .string(text.bytes) : .status(text.bytes)
    }

    var ok: Reply { status("OK") }
    var pong: Reply { status("PONG") }
}

/// What a failed expectation shows of a reply: enough to know it by. Some have megabytes.
extension Reply: CustomTestStringConvertible {
    public var testDescription: String {
        switch self {
        case .null: "null"
        case .integer(let number): "\(number)"
        case .error(let bytes): "error \(Self.start(of: bytes))"
        case .status(let bytes): "status \(Self.start(of: bytes))"
        case .string(let bytes): Self.start(of: bytes)
        case .array(let elements): "array of \(elements.count)"
        case .map(let pairs): "map of \(pairs.count)"
        }
    }

    private static func start(of bytes: [UInt8]) -> String {
        let start = "\"" + String(decoding: bytes.prefix(60), as: UTF8.self) + "\""
        return bytes.count > 60 ? "\(bytes.count) bytes \(start)…" : start
    }
}

extension Reply {
    static func string(_ text: String) -> Reply { .string(text.bytes) }
    static func error(_ text: String) -> Reply { .error(text.bytes) }

    /// The text of a string or a status.
    var text: String? {
        switch self {
        case .string(let bytes), .status(let bytes), .error(let bytes): String(decoding: bytes, as: UTF8.self)
        default: nil
        }
    }
}
