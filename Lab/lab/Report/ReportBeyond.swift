// Experiment 6 in the report: the variations on stage 5, beside it.

import LabKit

extension Report {
    var beyond: String {
        let loads = [1, TourPlan.loadPipeline]
        let bars = { (title: String, value: (LoadMeasurement) -> Double?, text: (Double) -> String) in
            let groups = loads.map { pipeline in
                let found = results.beyond.filter { $0.pipeline == pipeline }
                return (
                    TourResults.beyondTitle(pipeline),
                    found.map { ($0.stage, value($0), value($0).map(text) ?? "-") }
                )
            }
            return HTML.figure(title, BarPlot(title: title, unit: "per request", groups: groups).svg)
        }
        let tables = loads.map { HTML.table(results.beyondTable($0), caption: TourResults.beyondTitle($0)) }
        return """
            <div class="plots">
            \(bars("System calls", { $0.allCallsPerRequest }, { Format.number($0, decimals: 3) }))
            \(bars("CPU of the server", { $0.cpuPerRequest }, { Format.time(microseconds: $0) }))
            </div>
            \(HTML.finding(results.beyondFinding))
            \(tables.joined())
            """
    }
}
