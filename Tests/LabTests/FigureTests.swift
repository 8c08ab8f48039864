import LabKit
import Testing

@Suite("Figures and tables") struct FigureTests {
    @Test(arguments: [
        (0.0, 0, "0"), (1.5, 0, "2"), (0.06, 1, "0.1"), (12.346, 2, "12.35"), (-0.004, 2, "0.00"), (-3.14, 1, "-3.1"),
        (9.999, 2, "10.00"), (.infinity, 1, "-"), (1.0051, 3, "1.005"),
    ])
    func fixed(_ value: Double, _ digits: Int, _ text: String) {
        #expect(Figure.fixed(value, digits) == text)
    }

    @Test(arguments: [(0, "0"), (999, "999"), (1000, "1,000"), (-1_234_567, "-1,234,567")])
    func grouped(_ value: Int, _ text: String) {
        #expect(Figure.grouped(value) == text)
    }

    @Test func units() {
        #expect(Figure.duration(nanoseconds: 999) == "999 ns")
        #expect(Figure.duration(nanoseconds: 1500) == "1.50 us")
        #expect(Figure.duration(nanoseconds: 25_000_000) == "25.0 ms")
        #expect(Figure.duration(nanoseconds: 2_000_000_000) == "2.00 s")
        #expect(Figure.bytes(512) == "512 B")
        #expect(Figure.bytes(16_000_000) == "16.0 MB")
    }

    @Test func table() {
        var table = TextTable(["name", "n"])
        table.add(["a", "100"])
        table.add(["longer", "2"])
        #expect(table.text == "name      n\na       100\nlonger    2")
    }
}
