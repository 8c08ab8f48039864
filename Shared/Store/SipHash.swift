// SipHash-1-3 (Aumasson and Bernstein, 2012): a hash with a key. Without the key, nobody can prepare names that fall
// into one bucket, which would make every look-up a search through all of them.
//
// It is the function inside the standard library's Hasher. Hasher takes its input piece by piece and of every type,
// behind calls that are not inlined, and so costs more than all the rest of a look-up; this one takes one run of bytes.

/// A keyed hash function.
struct SipHash: Sendable {
    private let key0: UInt64
    private let key1: UInt64

    /// With a key that nobody knows, or with a given one.
    init(key0: UInt64 = .random(in: .min ... .max), key1: UInt64 = .random(in: .min ... .max)) {
        self.key0 = key0
        self.key1 = key1
    }

    /// The hash of `bytes`.
    @inline(__always)
    func hash(_ bytes: Span<UInt8>) -> UInt64 {
        var state = State(key0, key1)
        unsafe bytes.withUnsafeBytes { bytes in
            var offset = 0
            while offset + 8 <= bytes.count {
                state.absorb(unsafe bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self).littleEndian)
                offset += 8
            }
            // The last word: what is left, and the length in its top byte.
            var last = UInt64(truncatingIfNeeded: bytes.count) << 56
            for index in offset..<bytes.count { last |= UInt64(unsafe bytes[index]) << (8 * (index - offset)) }
            state.absorb(last)
        }
        return state.finish()
    }

    private struct State {
        var v0, v1, v2, v3: UInt64

        @inline(__always)
        init(_ key0: UInt64, _ key1: UInt64) {
            v0 = key0 ^ 0x736f_6d65_7073_6575
            v1 = key1 ^ 0x646f_7261_6e64_6f6d
            v2 = key0 ^ 0x6c79_6765_6e65_7261
            v3 = key1 ^ 0x7465_6462_7974_6573
        }

        @inline(__always)
        mutating func absorb(_ word: UInt64) {
            v3 ^= word
            round()
            v0 ^= word
        }

        @inline(__always)
        mutating func finish() -> UInt64 {
            v2 ^= 0xff
            round()
            round()
            round()
            return v0 ^ v1 ^ v2 ^ v3
        }

        @inline(__always)
        private mutating func round() {
            v0 = v0 &+ v1
            v1 = rotated(v1, 13) ^ v0
            v0 = rotated(v0, 32)
            v2 = v2 &+ v3
            v3 = rotated(v3, 16) ^ v2
            v0 = v0 &+ v3
            v3 = rotated(v3, 21) ^ v0
            v2 = v2 &+ v1
            v1 = rotated(v1, 17) ^ v2
            v2 = rotated(v2, 32)
        }

        @inline(__always)
        private func rotated(_ value: UInt64, _ bits: UInt64) -> UInt64 {
            value &<< bits | value &>> (64 &- bits)
        }
    }
}
