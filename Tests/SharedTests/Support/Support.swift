// What several suites share: bytes from text, and buffers with something in them.

import LabKit

@testable import Shared

/// The UTF-8 bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A text of bytes, for comparing replies.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

/// The words of a line, in which VALUE stands for `value`.
func words(_ line: String, _ value: [UInt8]) -> [[UInt8]] { line.words.map { $0 == bytes("VALUE") ? value : $0 } }

/// A number of the binary protocol.
func integer(_ value: UInt32) -> [UInt8] { (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) } }

/// A frame of the binary protocol around a body that need not be right.
func frame(_ body: [UInt8]) -> [UInt8] { integer(UInt32(body.count)) + body }

extension ByteBuffer {
    init(_ bytes: [UInt8]) {
        self.init()
        append(bytes.span)
    }

    /// Appends `count` bytes that nobody writes: they cost address space, and no memory.
    mutating func appendUnwritten(_ count: Int) {
        _ = append(atMost: count) { _, room in room }
    }
}
