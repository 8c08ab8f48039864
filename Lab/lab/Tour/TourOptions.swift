// The command line of the tour.

import Foundation
import LabKit

struct TourOptions {
    var stages = Stage.allCases
    var experiments = Experiment.allCases
    var plan = TourPlan(.normal)
    var asksQuestions = true
    var countsSystemCalls = false
    var reportPath: String?
    var jsonPath: String?
    var svgPath: String?

    private static let options = CommandOptions(
        command: "lab",
        summary: "Runs the five stages under the same work, and shows how they differ.",
        options: [
            .init("--quick", nil, "smaller and shorter: about 20 seconds on an idle machine"),
            .init("--full", nil, "all combinations, and longer, for steadier figures: from 4 minutes on"),
            .init("--stage", "N,N", "only these stages"),
            .init(
                "--experiment", "NAME,NAME",
                "only these: " + Experiment.allCases.map(\.rawValue).joined(separator: ", ")),
            .init("--syscalls", nil, "also count every system call, with strace, in runs of their own"),
            .init("--no-questions", nil, "ask for no guesses"),
            .init("--report", "FILE.html", "write the report there"),
            .init("--json", "FILE", "write every figure there"),
            .init("--svg", "FILE.svg", "write the picture of the experiment waiting there"),
        ])

    /// How many are compared: `Five servers …`, `two ways …`.
    var title: String { "\(number.capitalized) \(stages.count == 1 ? "server" : "servers") under the same work" }
    var count: String { "\(number) \(stages.count == 1 ? "way" : "ways")" }
    private var number: String { ["one", "two", "three", "four", "five"][stages.count - 1] }

    init(_ arguments: [String]) throws {
        let values = try Self.options.values(arguments)
        if let stages = try values.stages("--stage", among: Stage.allCases) {
            self.stages = Stage.allCases.filter(stages.contains)
        }
        experiments = try values.cases("--experiment", or: experiments)
        if !stages.contains(.pipelining) {
            if experiments == [.beyond] { throw LabError("beyond compares with stage 5, which --stage leaves out") }
            experiments.removeAll { $0 == .beyond }
        }
        if stages.isEmpty || experiments.isEmpty { throw LabError("nothing to run") }
        if values.has("--quick") && values.has("--full") { throw LabError("either --quick or --full") }
        if values.has("--quick") { plan = TourPlan(.quick) }
        if values.has("--full") { plan = TourPlan(.full) }
        asksQuestions = !values.has("--no-questions")
        countsSystemCalls = values.has("--syscalls")
        reportPath = values.text("--report")
        jsonPath = values.text("--json")
        svgPath = values.text("--svg")
        if svgPath != nil && !experiments.contains(.waiting) { throw LabError("--svg needs the experiment waiting") }
        let paths = [reportPath, jsonPath, svgPath].compactMap { $0 }
        if Set(paths).count < paths.count { throw LabError("two options name the same file") }
        for path in paths { try OutputFile.check(path) }
    }
}
