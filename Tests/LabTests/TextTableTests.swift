import LabKit
import Testing

@testable import lab

@Suite("Tables and bars") struct TextTableTests {
    private let table = TextTable(
        ["stage", "requests per second", "memory"], [["1 Sync", "59,200", "8.1 MB"], ["2 Threads", "7", "108 MB"]])

    @Test func figuresStandUnderEachOther() {
        #expect(
            table.lines(width: 80) == [
                "stage      requests per second  memory",
                "─────────  ───────────────────  ──────",
                "1 Sync                  59,200  8.1 MB",
                "2 Threads                    7  108 MB",
            ])
    }

    @Test func headingsAreBrokenBeforeALineIsTooWide() {
        let lines = table.lines(width: 34)
        #expect(lines.allSatisfy { $0.count <= 34 }, "\(lines)")
        #expect(table.headingCount(width: 34) > 2)
        #expect(lines.last == "2 Threads          7  108 MB" || lines.last!.hasSuffix("108 MB"))
    }

    @Test func labelsAreBrokenToo() {
        let table = TextTable(["", "1", "2"], [["a label of a good many words", "12345678", "12345678"]])
        let lines = table.lines(width: 40)
        #expect(lines.allSatisfy { $0.count <= 40 }, "\(lines)")
        #expect(lines.joined(separator: " ").contains("a label of"))
    }

    @Test func aRowMayEndEarly() {
        #expect(TextTable(["a", "b", "c"], [["1"]]).lines(width: 80).last == "1")
    }

    @Test func barsAreProportional() {
        #expect(Bar.text(8, of: 8, width: 4) == "████")
        #expect(Bar.text(4, of: 8, width: 4) == "██")
        #expect(Bar.text(1, of: 8, width: 4) == "▌")
        // What is not nothing is seen.
        #expect(Bar.text(0.001, of: 8, width: 4) == "▏")
        #expect(Bar.text(0, of: 8, width: 4) == "")
        #expect(Bar.text(1, of: 0, width: 4) == "")
    }

    @Test(arguments: [40, 60, 80, 120]) func aChartKeepsToTheWidth(_ width: Int) {
        let lines = Bar.chart(
            [("1 Sync", nil, "not served"), ("2 Threads", 1000, "1.00 ms"), ("3 Poll", 10, "10.0 µs")], width: width)
        #expect(lines.allSatisfy { $0.count <= width }, "\(lines)")
        #expect(lines[0] == "1 Sync     not served")
        #expect(lines[1].contains("█"))
    }

    @Test func textIsBrokenBetweenWords() {
        #expect(Terminal.wrap("one two three", width: 8) == ["one two", "three"])
        #expect(Terminal.wrap("one two", width: 5, indent: "  ") == ["  one", "  two"])
        #expect(Terminal.wrap("", width: 8) == [])
        // A word that is too long stays whole.
        #expect(Terminal.wrap("a unbreakable b", width: 5) == ["a", "unbreakable", "b"])
    }

    @Test func noColourWhereNoneIsWanted() {
        #expect(Terminal(width: 80, isInteractive: false, hasColor: false).styled("a", .bold) == "a")
        #expect(Terminal(width: 80, isInteractive: true, hasColor: true).styled("a", .bold) == "\u{1B}[1ma\u{1B}[0m")
    }
}
