// What several suites share: bytes from text, and buffers with something in them.

@testable import Shared

/// The UTF-8 bytes of a text.
func bytes(_ text: String) -> [UInt8] { Array(text.utf8) }

/// A text of bytes, for comparing replies.
func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

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
