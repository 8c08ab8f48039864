// lab compare: two runs side by side.

import LabKit

private let options = CommandOptions(
    "lab compare",
    """
    Compares two files that --json of lab or of lab versus wrote: lab compare A.json B.json. Prints what differs by more
    than the spread of the rounds.
    """, [.init("--all", nil, "print also what does not differ")], takesWords: true)

func runCompare(_ arguments: [String]) throws {
    // The option may come last.
    let flags = arguments.filter { $0.hasPrefix("-") }
    guard let values = try options.parse(flags + arguments.filter { !$0.hasPrefix("-") }) else {
        return print(options.usage)
    }
    guard values.words.count == 2 else { throw LabError("takes two files: lab compare A.json B.json") }
    let (first, second) = (try Record(path: values.words[0]), try Record(path: values.words[1]))
    let comparison = RunComparison(first.figures, second.figures)
    guard !(comparison.different.isEmpty && comparison.same.isEmpty) else {
        throw LabError("the two have no figure in common")
    }
    let width = min(Terminal().width, 110)
    for (name, record) in [("A", first), ("B", second)] {
        for line in Terminal.wrap("\(name): \(record.origin)", width: width) { print(line.plainSpaces) }
    }
    if first.machine.summary != second.machine.summary {
        print("They ran on different machines: compare ratios within a run rather than times.")
    }
    print()
    let shown = comparison.different + (values.has("--all") ? comparison.same : [])
    if !shown.isEmpty {
        for line in comparison.table(shown).lines(width: width) { print(line.plainSpaces) }
        print("±: half of what lies between the least and the greatest round.")
    }
    let count = comparison.different.count + comparison.same.count
    var text =
        "\(comparison.different.count) of \(count) figures differ by more than the spread of their rounds (those without "
        + "rounds, by more than 5 %)."
    if comparison.unpaired > 0 { text += " \(comparison.unpaired) are only in one of the two." }
    for line in Terminal.wrap(text, width: width) { print(line) }
}
