// Recordings of `lab trace` have the shape that makes each stage what it is. Orders and counts, no times.

import Foundation
import LabKit
import Shared
import TestSupport
import Testing

@testable import lab

/// One run of `lab trace`, and what it kept.
struct TraceRun {
    let output: String
    let file: Data
    let recording: TraceRecording

    /// Each recorded once, by the first who asks.
    private static let runs = TraceScene.allCases.map { scene in
        Result { try TraceRun(["--scene", scene.rawValue]) }
    }

    static func of(_ scene: TraceScene) throws -> TraceRun {
        try runs[TraceScene.allCases.firstIndex(of: scene)!].get()
    }

    static let obstacle: String? =
        ProcessInfo.processInfo.environment["SANITIZED"] == nil ? Strace.obstacle : "it needs no sanitizer"
    static let reason: Comment = "needs strace, the permission to use it, and no sanitizer"

    init(_ arguments: [String]) throws {
        let folder = try TemporaryFolder()
        let path = folder.file("trace.json")
        let process = try TourRun.start(["trace", "--json", path] + arguments)
        try #require(process.wait(within: 120_000) == .exited(0), "\(process.output)")
        output = process.output
        file = try Data(contentsOf: URL(fileURLWithPath: path))
        recording = try JSONDecoder().decode(TraceRecording.self, from: file)
    }

    func trace(_ stage: Stage) throws -> StageTrace {
        try #require(recording.stages.first { $0.stage == stage })
    }
}

extension StageTrace {
    func client(_ name: String) throws -> TraceClient { try #require(clients.first { $0.name == name }) }

    /// When a phase of a client begins.
    func start(_ phase: Timeline.Phase, _ name: String) throws -> Double {
        try #require(try client(name).spans.first { $0.phase == phase }, "\(name) is never \(phase)").start
    }

    func cost(_ name: String) throws -> Cost { try #require(costs.first { $0.client == name }) }
}

@Suite("Traces", .serialized, .enabled(if: TraceRun.obstacle == nil, TraceRun.reason)) struct TraceTests {
    // MARK: Who waits

    @Test func stage1SleepsInAReadOfAWhileBWaits() throws {
        let trace = try TraceRun.of(.waiting).trace(.sync)
        let asked = try trace.start(.waiting, "B")
        let call = try #require(trace.calls.first { $0.label == "read(A)" && $0.start < asked && $0.end > asked })
        #expect(try call.end > trace.start(.waiting, "A"), "it goes on until A sends the rest")
        #expect(!trace.calls.contains { $0.served.contains("B") && $0.start < call.end })
        let lying = try #require(trace.inKernel(at: call.end).first { $0.client == "B" })
        #expect(try lying.requests == trace.client("B").sent.reduce(0) { $0 + $1.bytes })
        #expect(trace.threads == [1])
        #expect(trace.finding?.contains("in read(A)") == true)
    }

    @Test func stage2HasAThreadForEach() throws {
        let trace = try TraceRun.of(.waiting).trace(.threads)
        let threads = ["A", "B"].map { name in
            Set(trace.calls.filter { $0.served == [name] && $0.name != "accept4" }.map(\.thread))
        }
        #expect(threads.allSatisfy { $0.count == 1 } && threads[0] != threads[1])
        #expect(trace.calls.count { $0.name.hasPrefix("clone") } == 2)
    }

    @Test(arguments: [Stage.poll, .epoll, .pipelining])
    func aLoopIsOneThreadAndWaitsForNobodyAlone(_ stage: Stage) throws {
        let trace = try TraceRun.of(.waiting).trace(stage)
        #expect(trace.threads == [1])
        // The read after the wait finds what the wait has announced.
        for call in trace.calls where call.isRead { #expect(call.result != nil && call.error == nil, "\(call)") }
        #expect(trace.calls.contains { $0.isWait && $0.served == ["B"] })
    }

    @Test(arguments: Stage.allCases) func onlyInStage1BWaitsForA(_ stage: Stage) throws {
        let trace = try TraceRun.of(.waiting).trace(stage)
        let isAnsweredFirst = try trace.start(.receiving, "B") < trace.start(.receiving, "A")
        #expect(isAnsweredFirst == stage.isConcurrent)
        // Whole, in one piece, and alone: what a request costs.
        let cost = try trace.cost("B")
        #expect(cost.sum == stage.callsPerRequest && cost.perRequest == Double(stage.callsPerRequest), "\(cost)")
    }

    // MARK: The other scenes

    /// A turn that the machine interrupts may end early: there may be another wait, and in stage 5 another write.
    @Test(arguments: Stage.allCases) func sixteenRequestsAtOnce(_ stage: Stage) throws {
        let cost = try TraceRun.of(.pipeline).trace(stage).cost("A")
        let counts = Dictionary(uniqueKeysWithValues: cost.calls)
        #expect(cost.answered == 16)
        #expect(counts["read"] == (stage.isLoop ? 1 : 32))
        if stage.isPipelining { #expect(cost.sum <= 6, "\(cost)") } else { #expect(counts["write"] == 16) }
    }

    @Test(arguments: Stage.allCases) func nobodyReadsWhatAClientDoesNotRead(_ stage: Stage) throws {
        let trace = try TraceRun.of(.backpressure).trace(stage)
        let end = try trace.client("A").end
        let lying = try #require(trace.inKernel(at: end).first)
        #expect(lying.requests > 0, "the last request of A lies in the kernel, unread")
        // When somebody asks, the server has nothing more that it can do: it sleeps in a write, or in a wait. (As the
        // kernel's buffers grow, a write may end just then, so there are two such moments.)
        let moments = try [trace.start(.waiting, "B"), #require(trace.client("A").sent.last).time]
        let isBlocked = trace.calls.contains { call in
            call.label == "write(A)" && moments.contains { call.start < $0 && call.end > $0 }
        }
        #expect(isBlocked == !stage.isLoop)
        #expect(try (trace.start(.receiving, "B") < end) == stage.isConcurrent)
        if stage == .epoll || stage == .pipelining {
            #expect(trace.calls.contains { $0.label == "epoll_ctl(change A)" && $0.arguments.contains("EPOLLOUT") })
        }
    }

    // MARK: The command

    @Test(arguments: TraceScene.allCases) func aRecordingIsShownAgain(_ scene: TraceScene) throws {
        let run = try TraceRun.of(scene)
        let folder = try TemporaryFolder()
        let path = folder.file("trace.json")
        try run.file.write(to: URL(fileURLWithPath: path))
        let again = try TraceRun(["--from", path])
        #expect(again.output == run.output)
        #expect(again.file == run.file)
        let one = try TraceRun(["--from", path, "--stage", "4"])
        #expect(one.recording.stages.map(\.stage) == [.epoll])
    }

    @Test(arguments: TraceScene.allCases) func throughAPipeItIsPlainTextOfEightyColumns(_ scene: TraceScene) throws {
        let output = try TraceRun.of(scene).output
        #expect(!output.contains("\u{1B}") && !output.contains("\u{A0}"))
        #expect(output.split(separator: "\n").filter { $0.count > 80 } == [])
        for stage in Stage.allCases { #expect(output.contains("\n\(stage.key) ")) }
    }

    /// A program that is traced already cannot be traced again: as where tracing is forbidden.
    @Test func whereTracingIsForbiddenItIsSaid() throws {
        try TourRun.expectFailure(
            ["strace", "-f", "-o", "/dev/null", "\(ServerProcess.buildFolder)/lab", "trace"],
            "lab trace: strace may not trace here")
    }
}

@Suite("What the lab refuses") struct RefusalTests {
    @Test(arguments: [
        (
            "--experiment nonsense",
            "lab: --experiment takes waiting, requests, connections, throughput, single, beyond, not"
        ),
        ("--stage 6", "lab: --stage takes 1, 2, 3, 4, 5, not"),
        ("--stage 4 --experiment beyond", "lab: beyond compares with stage 5"),
        ("--quick --full", "lab: either --quick or --full"), ("--nonsense", "lab: unknown option --nonsense"),
        (
            "trace --scene nonsense",
            "lab trace: --scene takes waiting, pipeline, backpressure, not 'nonsense'"
        ),
        ("trace --stage 6", "lab trace: --stage takes 1, 2,"),
        ("trace --from /nonexistent", "lab trace: cannot read /nonexistent"),
        ("trace --from /etc/passwd", "lab trace: /etc/passwd is no recording"),
        ("trace --from /dev/null --scene waiting", "lab trace: --scene is for a new recording"),
        ("trace --json /nonexistent/a", "lab trace: cannot write /nonexistent/a"),
        ("trace --nonsense", "lab trace: unknown option --nonsense"),
    ]) func whatCannotBeDone(_ words: String, _ message: String) throws {
        let arguments = words.split(separator: " ").map(String.init)
        try TourRun.expectFailure(["\(ServerProcess.buildFolder)/lab"] + arguments, message)
    }

    @Test func aTraceWithoutStraceAndHowToGetIt() throws {
        try TourRun.expectFailure(
            ["/usr/bin/env", "PATH=/nonexistent", "\(ServerProcess.buildFolder)/lab", "trace"],
            "lab trace: strace is not installed (on Debian: apt-get install strace)")
    }
}
