// Two runs side by side: what differs beyond the spread of their rounds.

import LabKit

/// A figure of a run, as a comparison needs it.
struct RunFigure: Sendable {
    let name: String
    let spread: Spread

    init(_ name: String, _ rounds: [Double]) {
        self.name = name
        spread = Spread(rounds)
    }
}

extension Record {
    /// Every figure that has rounds or was counted, under a name that is the same in every run.
    var figures: [RunFigure] {
        switch self {
        case .tour(let record): record.results.figures.filter { $0.spread.median.isFinite }
        case .versus(let record): record.measurements.flatMap(\.runFigures).filter { $0.spread.median.isFinite }
        }
    }

    /// Where and when.
    var origin: String {
        switch self {
        case .tour(let record): "lab, level \(record.level.rawValue), \(record.machine.date), \(record.machine.summary)"
        case .versus(let record): "lab versus, \(record.machine.date), \(record.machine.summary)"
        }
    }

    var machine: Machine {
        switch self {
        case .tour(let record): record.machine
        case .versus(let record): record.machine
        }
    }
}

extension TourResults {
    fileprivate var figures: [RunFigure] {
        var figures = requests.flatMap { $0.figures(hasRate: false) }
        figures += connections.flatMap(\.figures)
        figures += throughput.filter { $0.rate == nil }.flatMap { $0.figures(hasRate: true) }
        figures += (single + beyond).flatMap { $0.figures(hasRate: true) }
        for result in systemCalls {
            let end = " per request, \(result.pipeline) in flight"
            figures += result.calls.map { RunFigure("\(result.stage.title): \($0.name)\(end)", [$0.perRequest]) }
        }
        return figures
    }
}

extension LoadMeasurement {
    fileprivate func figures(hasRate: Bool) -> [RunFigure] {
        guard isServed else { return [] }
        let start = "\(stage.title), \(connections) × \(pipeline): "
        return [RunFigure(start + "CPU per request, µs", costs)]
            + (hasRate ? [RunFigure(start + "requests per second", rounds)] : [])
            + [RunFigure(start + "calls per request", callsPerRequest.map { [$0] } ?? [])]
    }
}

extension ConnectionMeasurement {
    fileprivate var figures: [RunFigure] {
        let start = "\(stage.title), \(Format.count(idle)) silent clients: "
        return [
            RunFigure(start + "CPU per request, µs", costs),
            RunFigure(start + "memory, MB", [Double(server.residentMemory) / 1_048_576]),
            RunFigure(start + "threads", [Double(server.threads)]),
        ]
    }
}

extension VersusReport {
    fileprivate var runFigures: [RunFigure] {
        figures.flatMap { figure in
            contenders.indices.map { index in
                let unit = figure.unit.isEmpty ? "" : ", \(figure.unit)"
                return RunFigure("\(contenders[index]): \(figure.label)\(unit)", figure.rounds[index])
            }
        }
    }
}

/// One run held against another.
struct RunComparison: Sendable {
    /// The figures that both have: what differs, and what does not.
    private(set) var different: [(name: String, Comparison)] = []
    private(set) var same: [(name: String, Comparison)] = []
    /// How many only one of them has.
    private(set) var unpaired = 0

    /// A figure that was counted or taken once has no spread: up to this part of it is no difference.
    private static let tolerance = 0.05

    init(_ first: [RunFigure], _ second: [RunFigure]) {
        // Two experiments may measure the same load: a name that comes again is that of the next one.
        var rest = first
        for figure in second {
            guard let index = rest.firstIndex(where: { $0.name == figure.name }) else {
                unpaired += 1
                continue
            }
            let base = rest.remove(at: index)
            guard let comparison = Comparison(figure.spread, to: base.spread) else { continue }
            let row = (figure.name, comparison)
            if Self.isDifference(comparison) { different.append(row) } else { same.append(row) }
        }
        unpaired += rest.count
    }

    private static func isDifference(_ comparison: Comparison) -> Bool {
        let isSingle = comparison.figure.width == 0 && comparison.base.width == 0
        let change = comparison.figure.median / comparison.base.median
        return isSingle ? abs(change - 1) > tolerance : comparison.isDifferent
    }

    /// The second beside the first.
    func table(_ rows: [(name: String, Comparison)]) -> TextTable {
        TextTable(
            ["", "A", "B", "B is"],
            rows.map { name, comparison in
                [
                    name, comparison.base.brief, comparison.figure.brief,
                    Self.isDifference(comparison) ? comparison.times : "=",
                ]
            })
    }
}
