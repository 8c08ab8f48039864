// Decimal integers: the rules of Redis's string2ll, and that what is written can be read again.

import LabKit
import TestSupport
import Testing

@testable import Shared

@Suite("Integers") struct IntegerTests {
    private func parse(_ digits: String) -> Int64? { Int64(decimal: digits.utf8.span) }

    private func decimal(_ value: Int64) -> String {
        var buffer = ByteBuffer()
        buffer.append(decimal: value)
        return text(buffer.bytes.copy)
    }

    @Test(arguments: [
        "", "-", "--1", "+1", " 1", "1 ", "01", "00", "-0", "-01", "1.0", "1e3", "0x1", "1\0", "\01", "/", ":", "1:",
        "1/", "a", "９", "-\u{2212}1", "9223372036854775808", "-9223372036854775809", "9999999999999999999",
        "-9999999999999999999", "18446744073709551616", "18446744073709551617", "99999999999999999999",
        "-99999999999999999999", "100000000000000000000",
    ])
    func refuses(_ digits: String) {
        #expect(parse(digits) == nil)
    }

    /// Around every limit and every power of ten, where the number of digits changes.
    @Test func readsWhatItWrites() {
        var values: [Int64] = [.min, .min + 1, .max, .max - 1]
        for exponent in 0...18 {
            let power = (0..<exponent).reduce(Int64(1)) { product, _ in product * 10 }
            for distance in Int64(-10)...10 { values += [power + distance, -power + distance] }
        }
        var random = SplitMix()
        for _ in 0..<500 { values.append(Int64(truncatingIfNeeded: random.next()) >> random.below(64)) }
        let differing = values.filter { parse(decimal($0)) != $0 || decimal($0) != "\($0)" }
        #expect(differing == [], "seed \(SplitMix.seed)")
    }

    /// The neighbourhood of both limits, one digit at a time: within is read, beyond is refused.
    @Test func refusesExactlyWhatDoesNotFit() {
        for last in 0...9 {
            #expect(parse("922337203685477580\(last)") == Int64("922337203685477580\(last)"))
            #expect(parse("-922337203685477580\(last)") == Int64("-922337203685477580\(last)"))
            #expect(parse("92233720368547758\(last)7") == Int64("92233720368547758\(last)7"))
        }
    }

    /// Every text of up to three characters out of those that could matter, against a second wording of the rule.
    @Test func followsTheRuleForEveryShortText() {
        let alphabet = Array("-+ 019/:\0")
        var texts = [""]
        for _ in 1...3 { texts += texts.flatMap { start in alphabet.map { start + String($0) } } }
        let differing = texts.filter { digits in
            let number = Int64(digits)
            let isCanonical = number.map { String($0) == digits } ?? false
            return parse(digits) != (isCanonical ? number : nil)
        }
        #expect(differing == [])
    }
}
