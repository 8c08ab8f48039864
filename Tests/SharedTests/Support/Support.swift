// What several suites share: bytes from text, and random numbers that can be had again.

import Glibc

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

/// Random numbers that depend on a seed alone (SplitMix64). A test that fails names its seed, and
/// `FUZZ_SEED=that-number swift test` does the same again; another number tries something new.
struct SeededGenerator: RandomNumberGenerator {
    static let seed = getenv("FUZZ_SEED").flatMap { UInt64(String(cString: $0)) } ?? 7379

    private var state = seed

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number from 0 up to and without `limit`.
    mutating func number(below limit: Int) -> Int { Int.random(in: 0..<limit, using: &self) }

    mutating func bytes(_ count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8(truncatingIfNeeded: next()) }
    }
}
