// Each attack is survived, and what is said about it stands in the code.

import LabKit
import Shared
import Testing

@testable import lab

@Suite("Attacks") struct AttackTests {
    /// The function that a sentence names is declared in the file that it names.
    @Test(arguments: Attack.allCases) func whatIsToBeReadIsThere(_ attack: Attack) throws {
        let sources = try #require(StageSources())
        for stage in Stage.allCases {
            let answer = attack.answer(of: stage)
            let text = try #require(sources.text(answer.file), "\(answer.file)")
            let name = try #require(answer.name.split(separator: ".").last)
            #expect(text.contains("func \(name)("), "\(answer.file) has no \(answer.name)")
        }
    }

    private func run(_ attack: Attack, _ stage: Stage, seconds: Int = 1) throws -> String {
        let process = try TourRun.start(
            ["attack", attack.rawValue, "--stage", stage.key, "--seconds", "\(seconds)"])
        #expect(process.wait(within: 60_000) == .exited(0), "\(process.output)")
        #expect(process.output.split(separator: "\n").allSatisfy { $0.count <= 80 }, "\(process.output)")
        // Its paragraphs are broken into lines.
        return process.output.replacing("\n", with: " ")
    }

    @Test(arguments: Attack.allCases) func stage5SurvivesAndSaysWhy(_ attack: Attack) throws {
        let (output, answer) = (try run(attack, .pipelining), attack.answer(of: .pipelining))
        #expect(output.contains("median wait: before the attack"))
        #expect(output.contains("Read \(answer.file), \(answer.name)."), "\(output)")
    }

    /// Who writes everything before reading hangs, but for stage 5.
    @Test(arguments: [(Stage.threads, true), (.epoll, true), (.pipelining, false)])
    func writingFirst(_ stage: Stage, _ hangs: Bool) throws {
        #expect(try run(.writefirst, stage).contains("It hangs: after") == hangs)
    }

    @Test func inStage1EverybodyWaitsForASlowSender() throws {
        #expect(try run(.slow, .sync, seconds: 3).contains("got no reply"))
    }
}
