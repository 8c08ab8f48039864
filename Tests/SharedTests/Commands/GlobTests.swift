// Patterns. That they mean what Redis's mean is tested beside a redis-server; here, beside a slow and obvious matcher.

import Testing

@testable import Shared

@Suite("Glob") struct GlobTests {
    private func matches(_ pattern: String, _ name: String, ignoresCase: Bool = false) -> Bool {
        let (pattern, name) = (bytes(pattern), bytes(name))
        var glob = Glob(pattern.span, ignoresCase: ignoresCase)
        return glob.matches(name.span)
    }

    @Test func caseIsIgnoredWhereItShouldBe() {
        #expect(matches("MAX*[A-C]?", "maxmemorybz", ignoresCase: true))
        #expect(!matches("MAX*[A-C]?", "maxmemorybz"))
    }

    /// Stars tried with every length, one after the other.
    private func slowly(_ pattern: ArraySlice<Character>, _ name: ArraySlice<Character>) -> Bool {
        guard let first = pattern.first else { return name.isEmpty }
        let rest = pattern.dropFirst()
        if first == "*" { return (0...name.count).contains { slowly(rest, name.dropFirst($0)) } }
        guard let letter = name.first else { return false }
        return (first == "?" || first == letter) && slowly(rest, name.dropFirst())
    }

    @Test func starsBesideASlowMatcher() {
        let letters: [Character] = ["a", "b", "*", "?"]
        for number in 0..<1 << 12 {
            let pattern = (0..<6).map { letters[number >> (2 * $0) & 3] }
            for bits in 2..<64 {
                // The highest bit says how long it is.
                let length = Int.bitWidth - bits.leadingZeroBitCount - 1
                let name = (0..<length).map { bits >> $0 & 1 == 0 ? Character("a") : Character("b") }
                let expected = slowly(pattern[...], name[...])
                #expect(matches(String(pattern), String(name)) == expected, "\(String(pattern)) \(String(name))")
            }
        }
    }

    /// What takes a power of the length where it is done naively.
    @Test func manyStars() {
        let name = String(repeating: "a", count: 1000)
        #expect(!matches(String(repeating: "a*", count: 200) + "b", name))
    }

    /// What takes a product of two large lengths here.
    @Test func aCostlyPatternIsAnError() {
        var client = CommandRunner()
        let name = [UInt8](repeating: UInt8(ascii: "a"), count: 1_000_000)
        let pattern = [UInt8(ascii: "*")] + name.dropLast(500_000) + [UInt8(ascii: "b")]
        #expect(text(client.run([bytes("SET"), name, bytes("v")])) == "+OK\r\n")
        let error = "-ERR matching the pattern takes too long\r\n"
        #expect(text(client.run([bytes("KEYS"), pattern])) == error)
        #expect(text(client.run([bytes("SCAN"), bytes("0"), bytes("MATCH"), pattern])) == error)
        client.expect(["PING": "+PONG"])
    }
}
