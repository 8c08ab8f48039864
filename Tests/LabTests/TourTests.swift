// The tour shows what it says it shows. Everything here is a ratio, a count or an order: no figure of time by itself.

import Foundation
@preconcurrency import Glibc
import LabKit
import Shared
import Testing

@testable import lab

@Suite("The tour", .serialized) struct TourTests {
    @Test func everyReplyIsRight() throws {
        let run = try TourRun.quick.get()
        #expect(run.status == .exited(0), "\(run.output)")
        #expect(run.results.problems == [])
        #expect(run.record.stages == Stage.allCases)
    }

    @Test func inStage1TheSecondClientWaitsForTheFirst() throws {
        let waiting = try TourRun.quick.get().results.waiting
        try #require(waiting.map(\.stage) == Stage.allCases)
        func start(_ phase: Timeline.Phase, _ client: Int) throws -> Double {
            try #require(waiting[0].timelines[client].spans.first { $0.phase == phase }).start
        }
        // Each is answered only when the one before has its reply.
        for client in 1..<5 {
            #expect(try start(.receiving, client) > start(.receiving, client - 1))
            #expect(try start(.waiting, client) < start(.receiving, 0), "it has asked before A has its reply")
        }
        let waits = try waiting.map { try #require($0.secondClientWait) }
        #expect(waits[0] > waits[1...].min()!)
    }

    @Test func onlyStage2HasAThreadForEachConnection() throws {
        for entry in try TourRun.quick.get().results.connections where entry.stage != .sync && entry.idle > 0 {
            let threads = entry.server.threads
            if entry.stage == .threads { #expect(threads >= entry.idle) } else { #expect(threads < entry.idle / 10) }
        }
    }

    @Test func stage5NeedsFewCallsForManyRequests() throws {
        let requests = try TourRun.quick.get().results.requests
        func calls(_ stage: Stage) throws -> Double {
            try #require(requests.of(stage, 16, connections: 1)?.callsPerRequest)
        }
        #expect(try calls(.epoll) >= 8 * calls(.pipelining))
    }

    @Test func idleConnectionsCostPollAndNotEpoll() throws {
        let results = try TourRun.quick.get().results
        func growth(_ stage: Stage) throws -> Double {
            let (first, last) = (try #require(results.leastIdle(stage)), try #require(results.mostIdle(stage)))
            try #require(last.idle >= 200)
            return try #require(last.cpuPerRequest) / #require(first.cpuPerRequest)
        }
        let (poll, epoll) = (try growth(.poll), try growth(.epoll))
        #expect(poll > 3)
        #expect(poll > 3 * epoll)
    }

    /// With io_uring a call serves many requests; where it is not allowed, the run says so.
    @Test func uringMakesFewCallsOrItSaysWhyNot() throws {
        let run = try TourRun.quick.get()
        func calls(_ server: Stage) -> Double? {
            run.results.beyond.of(server)?.allCallsPerRequest
        }
        let many = try #require(calls(.pipelining))
        #expect(many > 2 && run.output.contains("Cores, with"))
        if let few = calls(.uring) {
            #expect(few < many / 4)
        } else {
            #expect(run.output.contains("Uring was left out"))
        }
    }

    @Test func whatStage1CannotDoIsShown() throws {
        let run = try TourRun.quick.get()
        let load = try #require(run.results.throughput.of(.sync)).load
        #expect(load.servedConnections == 1 && load.unanswered > 0)
        #expect(run.output.contains("1 of 50 served"))
        #expect(run.results.mostIdle(.sync)?.remark != nil)
    }

    @Test func throughAPipeItIsPlainTextOfEightyColumns() throws {
        let run = try TourRun.quick.get()
        #expect(!run.output.contains("\u{1B}") && !run.output.contains("\r") && !run.output.contains("\u{A0}"))
        let wide = run.output.split(separator: "\n").filter { $0.count > 80 && !$0.contains("/") }
        #expect(wide.isEmpty, "\(wide)")
        #expect(!run.output.contains("Your guess"))
        for experiment in Experiment.allCases { #expect(run.output.contains(experiment.guide.title)) }
    }

    // MARK: Runs of their own

    @Test func stagesAndExperimentsCanBeChosen() throws {
        let run = try TourRun(["--quick", "--stage", "3,4", "--experiment", "waiting"])
        #expect(run.status == .exited(0), "\(run.output)")
        #expect(run.record.stages == [.poll, .epoll])
        #expect(run.results.waiting.count == 2 && run.results.requests.isEmpty && run.results.single.isEmpty)
        #expect(run.page.contains("Who waits") && !run.page.contains("id=\"single\""))
    }

    /// Tracing needs strace and a permission that containers often withhold; the run says so then, and does not fail.
    @Test func everyCallIsCountedOrItSaysWhyNot() throws {
        let run = try TourRun(["--quick", "--stage", "4,5", "--experiment", "single", "--syscalls"])
        #expect(run.status == .exited(0), "\(run.output)")
        let traced = run.results.systemCalls
        guard traced.count == 4 else {
            #expect(run.results.remarks.contains { $0.contains("calls") }, "\(run.results.remarks)")
            return
        }
        let writes = try traced.map { try #require($0.calls.first { $0.name == "write" }).perRequest }
        #expect(writes[1] > 0.9 && writes[3] < writes[1] / 8, "\(writes)")
    }

    /// The lab in a folder where stage 5 is missing. Linked, not copied: a child that another test starts meanwhile would
    /// have the copy open for writing, and it could not be executed (ETXTBSY).
    @Test func aStageThatFailsFailsTheRunAndTheOthersGoOn() throws {
        let folder = URL(fileURLWithPath: ServerProcess.buildFolder).appendingPathComponent("lab-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let lab = folder.appendingPathComponent("lab").path
        try FileManager.default.linkItem(atPath: "\(ServerProcess.buildFolder)/lab", toPath: lab)
        let stage = Stage.epoll.name
        try FileManager.default.createSymbolicLink(
            atPath: folder.appendingPathComponent(stage).path,
            withDestinationPath: "\(ServerProcess.buildFolder)/\(stage)")
        let run = try TourRun(["--quick", "--stage", "4,5", "--experiment", "single"], lab: lab)
        #expect(run.status == .exited(1))
        #expect(run.output.contains("FAILED"), "\(run.output)")
        let problems = run.results.problems
        #expect(problems.count == 1 && problems[0].hasPrefix("Stage5-Pipelining: "), "\(problems)")
        #expect(run.results.single.map(\.stage) == [.epoll])
        #expect(run.page.contains("Stage5-Pipelining: "))
    }

    @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsEveryServer(_ signal: CInt) throws {
        let process = try TourRun.start(["--full", "--experiment", "single"])
        // The servers run until all rounds are over; the first line comes before any of them.
        var servers: [pid_t] = []
        Clock.wait(within: 60_000) {
            servers = Self.children(of: process.pid)
            return !servers.isEmpty
        }
        try #require(!servers.isEmpty, "it started no server: \(process.output)")
        #expect(process.end(with: signal, within: 60_000) == .exited(128 + signal))
        // They were reaped before it ended, so nobody has their numbers.
        for server in servers { #expect(ProcessFacts(pid: server) == nil) }
    }

    private static func children(of pid: pid_t) -> [pid_t] {
        let text = ProcessFacts.text("/proc/\(pid)/task/\(pid)/children") ?? ""
        return text.split(separator: " ").compactMap { pid_t($0) }
    }
}
