import LabKit
import Testing

@testable import lab

@Suite("Figures as text") struct FormatTests {
    @Test(arguments: [
        (0, "0"), (7, "7"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567"), (-1234, "-1,234"),
    ]) func counts(_ value: Int, _ text: String) {
        #expect(Format.count(value) == text)
    }

    @Test(arguments: [
        (0.0, "0"), (0.041_66, "0.0417"), (0.5, "0.500"), (1.0, "1.00"), (9.994, "9.99"), (9.996, "10.0"),
        (41.66, "41.7"), (99.94, "99.9"), (99.96, "100"), (417.4, "417"), (999.4, "999"), (4170.0, "4,170"),
        (123_456.0, "123,000"), (999_999.0, "1,000,000"),
    ]) func threeDigits(_ value: Double, _ text: String) {
        #expect(Format.short(value) == text)
    }

    @Test func decimals() {
        #expect(Format.number(3.14159, decimals: 2) == "3.14")
        #expect(Format.number(1.005, decimals: 0) == "1")
        #expect(Format.number(-0.06, decimals: 1) == "-0.1")
        #expect(Format.number(-0.04, decimals: 1) == "0.0")
        #expect(Format.number(12345.678, decimals: 1) == "12,345.7")
        #expect(Format.number(.infinity, decimals: 1) == "-")
    }

    @Test(arguments: [
        (0.0, "0 µs"), (0.85, "850 ns"), (0.9999, "1.00 µs"), (12.34, "12.3 µs"), (999.6, "1.00 ms"),
        (1234.0, "1.23 ms"),
        (2_500_000.0, "2.50 s"),
    ]) func times(_ microseconds: Double, _ text: String) {
        #expect(Format.time(microseconds: microseconds) == text)
    }

    @Test func memory() {
        #expect(Format.memory(512) == "512 B")
        #expect(Format.memory(8_493_465) == "8.10 MB")
        #expect(Format.memory(3 << 30) == "3.00 GB")
    }

    @Test func marksOfAnAxisHaveNoNeedlessZeros() {
        #expect([0.05, 0.5, 1, 10, 1.5, 5000].map { Format.tick($0) } == ["0.05", "0.5", "1", "10", "1.5", "5,000"])
        #expect(Format.tick(microseconds: 10) == "10 µs")
        #expect(Format.tick(microseconds: 1000) == "1 ms")
        #expect(Format.tick(microseconds: 100_000) == "100 ms")
    }
}
