// Requests as bytes, and replies as they are written in tests.

import LabKit
import Shared
import Testing

extension Stage {
    /// The bytes of one request.
    func encode(_ arguments: [[UInt8]]) -> [UInt8] { wireProtocol.encode(arguments) }

    /// The bytes of several requests whose arguments hold no spaces.
    func encode(_ requests: String...) -> [UInt8] { requests.flatMap { encode($0.words) } }

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
    var pong: Reply { wireProtocol.pong }
}

extension WireProtocol {
    var pong: Reply { self == .lengthPrefixed ? .string("PONG".bytes) : .status("PONG".bytes) }
}

/// What a failed expectation shows of a reply: enough to know it by. Some have megabytes.
extension Reply: CustomTestStringConvertible {
    public var testDescription: String { summary }
}
