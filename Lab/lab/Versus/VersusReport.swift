// What `lab versus` measured: figures of every contender in every round, and the table that they make.

import LabKit

/// One measurement. The first contender is the one that ratios are to.
struct VersusReport: Codable, Sendable {
    let name: String
    let title: String
    let contenders: [String]
    let figures: [Figure]
    var notes: [String] = []

    /// One figure: by contender, then by round.
    struct Figure: Codable, Sendable {
        let label: String
        /// The heading of its column; figures of one label with several units stand on one line.
        let unit: String
        let rounds: [[Double]]
        /// Where it is a point of a plot: of which, and at which place of its horizontal axis.
        let plot: String?
        let x: Double?

        init(
            _ label: String, _ rounds: [[Double]], unit: String = "", plot: String? = nil, x: Double? = nil
        ) {
            (self.label, self.unit, self.rounds, self.plot, self.x) = (label, unit, rounds, plot, x)
        }
    }

    /// A row for each label, and below it one for each contender: it stays narrow however many there are.
    var table: TextTable {
        var labels: [String] = []
        var units: [String] = []
        for figure in figures {
            if !labels.contains(figure.label) { labels.append(figure.label) }
            if !units.contains(figure.unit) { units.append(figure.unit) }
        }
        var table = TextTable([""] + units.flatMap { [$0, "ratio"] })
        for label in labels {
            table.rows.append([label] + units.flatMap { _ in ["", ""] })
            for index in contenders.indices {
                let texts = units.flatMap { cells(figure(label, $0), index, isBrief: units.count > 1) }
                table.rows.append(["  " + contenders[index] + (index == 0 ? " (= 1)" : "")] + texts)
            }
        }
        return table
    }

    private func figure(_ label: String, _ unit: String) -> Figure? {
        figures.first { $0.label == label && $0.unit == unit }
    }

    private func cells(_ figure: Figure?, _ index: Int, isBrief: Bool) -> [String] {
        guard let figure, !figure.rounds[index].isEmpty else { return ["-", ""] }
        let text = { (spread: Spread) in isBrief ? spread.brief : spread.text }
        let ratio = Spread.ratio(figure.rounds[index], to: figure.rounds[0])
        return [text(Spread(figure.rounds[index])), index == 0 ? "" : text(ratio)]
    }
}
