// Experiment 6 in the report: the variations on stage 5, beside it.

import LabKit

extension Report {
    var beyond: String {
        let groups = [1, TourPlan.loadPipeline].map { pipeline in
            (TourResults.loadTitle(pipeline), results.beyond.filter { $0.pipeline == pipeline })
        }
        let tables = [1, TourPlan.loadPipeline].map {
            HTML.table(results.beyondTable($0), caption: TourResults.loadTitle($0))
        }
        return """
            <div class="plots">
            \(bars("System calls", "per request", groups, \.allCallsPerRequest) { Format.number($0, decimals: 3) })
            \(bars("CPU of the server", "per request", groups, \.cpuPerRequest) { Format.time(microseconds: $0) })
            </div>
            \(HTML.finding(results.beyondFinding))
            \(tables.joined())
            """
    }

    /// A bar for each load of each group, where there is a value.
    func bars(
        _ title: String, _ unit: String, _ groups: [(title: String, loads: [LoadMeasurement])],
        _ value: KeyPath<LoadMeasurement, Double?>, _ text: (Double) -> String
    ) -> String {
        let bars = groups.map { title, loads in
            (title, loads.map { ($0.stage, $0[keyPath: value], $0[keyPath: value].map(text) ?? "-") })
        }
        return HTML.figure(title, BarPlot(title: title, unit: unit, groups: bars).svg)
    }
}
