// The loops over a scripted kernel: Tests/Simulation replaces the system calls of the built servers, so that what a real
// kernel does once in a million calls happens all the time, and happens again from the same seed.

import LabKit
import TestSupport
import Testing

@Suite("Simulation", .serialized, .enabled(if: Simulation.obstacle == nil, "\(Simulation.obstacle ?? "")"))
struct SimulationTests {
    private static let loops = Stage.allCases.filter { $0.concurrency == .loop }

    /// 50,000 system calls of each. `.ci/run simulation` makes a million.
    @Test(arguments: loops) func whateverTheKernelDoesTheLoopGoesOn(_ stage: Stage) throws {
        try Simulation.run("--stage", stage.key, "--runs", "10", "--steps", "5000")
    }

    /// The allocations of the buffers and the table, which the loops share; those of Swift's runtime cannot fail without a
    /// crash. `.ci/run simulation` looks at all three.
    @Test func aFailedAllocationIsSaidOrSurvived() throws {
        try Simulation.run("--allocations", "--stage", "5", "--steps", "150")
    }
}

enum Simulation {
    /// Why not; nil where it is possible.
    static let obstacle: String? = {
        if Sanitizer.isOn { return "a sanitizer and the simulation both replace the allocator and the system calls" }
        return Programs.cCompiler == nil ? "there is no C compiler" : nil
    }()

    /// Runs the built servers; what the script prints about a failure ends with the command that repeats it.
    static func run(_ arguments: String..., sourceLocation: SourceLocation = #_sourceLocation) throws {
        let script = "\(Checkout.folder)/Tests/Simulation/run"
        let command = ["bash", script, "--build", ServerProcess.buildFolder] + arguments
        let process = try ServerProcess(command: command, wireProtocol: .resp2)
        let status = process.wait(within: 10 * Patience.milliseconds)
        #expect(status == .exited(0), "\(process.output)", sourceLocation: sourceLocation)
    }
}
