// The commands of the lab that show who waits for whom: `lab pipeline` and `lab keys`.

import LabKit
import Testing

@testable import lab

@Suite("lab pipeline, lab keys") struct WaitingTests {
    private func run(_ arguments: String...) throws -> [Substring] {
        let lab = try TourRun.start(arguments)
        #expect(lab.wait(within: TourRun.patience * 1000) == .exited(0))
        return lab.output.split(separator: "\n")
    }

    /// A client that reads nothing until all is sent waits for ever in stages 1 to 4.
    @Test func onlyStage5TakesAPipelineThatIsNotRead() throws {
        let lines = try run("pipeline", "--megabytes", "32")
        for stage in Stage.allCases {
            let line = try #require(lines.first { $0.hasPrefix(stage.key + " ") }, "\(stage) in \(lines)")
            #expect(line.contains(stage == .pipelining ? "all is sent" : "both wait"), "\(line)")
        }
    }

    /// Both bring all keys, or the command fails; how long anybody waited is not for a test to say.
    @Test func keysAndScanBringAllKeys() throws {
        let lines = try run("keys", "--keys", "5000", "--count", "100", "--rounds", "1")
        #expect(lines.first == "5,000 keys; SCAN asks for 100 at a time.")
        let requests = ["KEYS", "SCAN"].map { name in
            lines.first { $0.hasPrefix(name + " ") }?.split(separator: " ").dropFirst().first.map(String.init)
        }
        #expect(requests[0] == "1")
        #expect(try #require(Int(requests[1] ?? "")) >= 50)
    }

    @Test func wrongOptionsAreRefused() throws {
        for arguments in [["keys", "--stage", "1"], ["pipeline", "--megabytes", "0"]] {
            let lab = try TourRun.start(arguments)
            #expect(lab.wait(within: TourRun.patience * 1000) == .exited(1))
            #expect(lab.output.contains(arguments[1]))
        }
    }
}
