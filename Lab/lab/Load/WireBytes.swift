// Requests and replies as bytes, for clients that do not send and receive them in one piece.

import LabKit
import Shared

extension WireProtocol {
    func encodedRequest(_ words: String...) -> [UInt8] {
        var buffer = ByteBuffer()
        Client.encode(words.map { Array($0.utf8) }, self, into: &buffer)
        return (0..<buffer.count).map { buffer.bytes[$0] }
    }

    /// The reply that consists of one string.
    func encodedReply(_ value: [UInt8]) -> [UInt8] {
        guard self == .lengthPrefixed else {
            return Array("$\(value.count)\r\n".utf8) + value + Array("\r\n".utf8)
        }
        let integer = { (number: Int) in (0..<4).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) } }
        return integer(value.count + 5) + [2] + integer(value.count) + value
    }
}
