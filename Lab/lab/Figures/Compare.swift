// lab compare: two runs side by side.

import LabKit

private let options = CommandOptions(
    command: "lab compare",
    summary: """
        Compares two files that --json of lab or of lab versus wrote: lab compare A.json B.json. Prints what differs by \
        more than the spread of the rounds.
        """,
    options: [.init("--all", nil, "print also what does not differ")], words: "[word ...]")

func runCompare(_ arguments: [String]) throws {
    // The option may come last.
    let flags = arguments.filter { $0.hasPrefix("-") }
    let values = try options.values(flags + arguments.filter { !$0.hasPrefix("-") })
    guard values.words.count == 2 else { throw LabError("takes two files: lab compare A.json B.json") }
    let (first, second) = (try Record(path: values.words[0]), try Record(path: values.words[1]))
    let comparison = RunComparison(first.figures, second.figures)
    guard !(comparison.different.isEmpty && comparison.same.isEmpty) else {
        throw LabError("the two have no figure in common")
    }
    let terminal = Terminal()
    for (name, record) in [("A", first), ("B", second)] { terminal.paragraph("\(name): \(record.origin)") }
    if first.machine.summary != second.machine.summary {
        print("They ran on different machines: compare ratios within a run rather than times.")
    }
    print()
    let shown = comparison.different + (values.has("--all") ? comparison.same : [])
    if !shown.isEmpty {
        terminal.table(comparison.table(shown))
        print("±: half of what lies between the least and the greatest round.")
    }
    let count = comparison.different.count + comparison.same.count
    var text =
        "\(comparison.different.count) of \(count) figures differ by more than the spread of their rounds (those without "
        + "rounds, by more than 5 %)."
    if comparison.unpaired > 0 { text += " \(comparison.unpaired) are only in one of the two." }
    terminal.paragraph(text)
}
