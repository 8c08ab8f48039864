// The keyed hash: the same as other implementations of SipHash-1-3 compute, and different with every key.

import Testing

@testable import Shared

@Suite("SipHash") struct SipHashTests {
    /// The key of the authors' own examples: the bytes 0 to 15.
    private let hash = SipHash(key0: 0x0706_0504_0302_0100, key1: 0x0F0E_0D0C_0B0A_0908)

    /// The bytes 0, 1, 2 and so on.
    private func input(_ count: Int) -> [UInt8] { (0..<count).map { UInt8(truncatingIfNeeded: $0) } }

    /// Around every place where a word of eight bytes is full.
    @Test(
        arguments: [
            (0, 0xABAC_0158_050F_C4DC), (1, 0xC9F4_9BF3_7D57_CA93), (7, 0xD392_7D98_9BB1_1140),
            (8, 0x3690_9511_8D29_9A8E), (9, 0x25A4_8EB3_6C06_3DE4), (15, 0xD320_D86D_2A51_9956),
            (16, 0xCC4F_DD1A_7D90_8B66), (63, 0x9D19_9062_B7BB_B3A8),
        ] as [(Int, UInt64)])
    func isSipHash13(count: Int, expected: UInt64) {
        #expect(hash.hash(input(count).span) == expected)
    }

    /// All lengths up to 255 at once.
    @Test func isSipHash13ForEveryLength() {
        #expect((0..<256).reduce(0) { $0 ^ hash.hash(input($1).span) } == 0xD262_2837_DCA0_A4EC)
    }

    /// CPython's hash of b"abc", with PYTHONHASHSEED=0.
    @Test func agreesWithPython() {
        #expect(SipHash(key0: 0, key1: 0).hash("abc".utf8.span) == 13_851_880_170_939_887_858)
    }

    @Test func theKeyDecides() {
        let (one, other) = (SipHash(), SipHash())
        #expect(one.hash("abc".utf8.span) == one.hash("abc".utf8.span))
        #expect(one.hash("abc".utf8.span) != other.hash("abc".utf8.span))
    }
}
