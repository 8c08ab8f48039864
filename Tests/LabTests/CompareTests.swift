// Two runs side by side: a difference is one only where the rounds of the two do not overlap.

import Foundation
import LabKit
import TestSupport
import Testing

@testable import lab

@Suite("Comparing runs") struct CompareTests {
    private func record(_ stage: Stage, cpu: [Int], calls: Int) -> Record {
        let call = SystemCallMeasurement.Call(name: "read", perRequest: 1)
        let results = TourResults(
            throughput: [.rounds(stage, 50, 1, cpu: cpu, calls: calls)],
            systemCalls: [.init(stage: stage, pipeline: 16, requests: 640, calls: [call])])
        return .tour(TourRecord(level: .quick, machine: Machine(), stages: [stage], results: results))
    }

    @Test func onlyWhatDoesNotOverlapDiffers() throws {
        let comparison = RunComparison(
            record(.epoll, cpu: [100, 110], calls: 200).figures, record(.epoll, cpu: [220, 230], calls: 200).figures)
        let different = comparison.different.map(\.name)
        #expect(different.count == 2 && different.allSatisfy { !$0.contains("calls") }, "\(different)")
        #expect(comparison.different[0].1.times == "2.0 to 2.3 times")
        #expect(comparison.same.count == 2 && comparison.unpaired == 0)
        let table = comparison.table(comparison.different).lines(width: 80)
        #expect(table.allSatisfy { $0.count <= 80 } && table.last?.hasSuffix("times") == true)
    }

    @Test func noiseAndTiesAreNoDifference() {
        let noisy = record(.epoll, cpu: [50, 400], calls: 204).figures
        #expect(RunComparison(record(.epoll, cpu: [100, 110], calls: 200).figures, noisy).different.isEmpty)
        #expect(RunComparison(noisy, noisy).different.isEmpty)
        // A count that changed, and a stage that the other run does not have.
        let more = RunComparison(noisy, record(.epoll, cpu: [100], calls: 300).figures)
        #expect(more.different.map(\.name) == ["4\u{A0}Epoll, 50 × 1: calls per request"])
        #expect(RunComparison(noisy, record(.poll, cpu: [100], calls: 300).figures).unpaired == 8)
    }

    /// Experiments 2 and 5 both have a client with one request.
    @Test func theSameLoadInTwoExperimentsIsComparedTwice() {
        let results = TourResults(
            requests: [.rounds(.epoll, 1, 1, cpu: [100], calls: 2)],
            single: [.rounds(.epoll, 1, 1, cpu: [900], calls: 2)])
        let figures = Record.tour(
            TourRecord(level: .quick, machine: Machine(), stages: [.epoll], results: results)
        ).figures
        let comparison = RunComparison(figures, figures)
        #expect(comparison.different.isEmpty && comparison.unpaired == 0 && comparison.same.count == figures.count)
    }

    @Test func aRecordComesBackFromItsFile() throws {
        let folder = try TemporaryFolder()
        let path = folder.file("record.json")
        guard case .tour(let tour) = record(.pipelining, cpu: [100, 120], calls: 200) else { return }
        try OutputFile.write(try Record.text(tour), to: path)
        guard case .tour(let back) = try Record(path: path) else { throw LabError("it is no tour") }
        #expect(back.stages == [.pipelining] && back.results.throughput[0].costs == [1, 1.2])
        #expect(back.results.throughput[0].latency(50) == tour.results.throughput[0].latency(50))
        #expect(RunComparison(Record.tour(tour).figures, Record.tour(back).figures).different.isEmpty)

        let report = VersusReport(
            name: "start", title: "Start", contenders: ["redis-server"], figures: [.init("ms", [[1, .nan]])])
        let versus = VersusRecord(rounds: 2, machine: Machine(), cores: "", measurements: [report])
        try OutputFile.write(try Record.text(versus), to: path)
        guard case .versus(let back) = try Record(path: path) else { throw LabError("it is no versus") }
        #expect(back.measurements[0].figures[0].rounds[0][1].isNaN)

        try OutputFile.write("{}", to: path)
        #expect(throws: LabError.self) { try Record(path: path) }
        #expect(throws: LabError.self) { try Record(path: path + ".missing") }
        #expect(throws: LabError.self) { try OutputFile.write("", to: "/nonexistent/file") }
    }
}
