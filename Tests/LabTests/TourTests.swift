// The tour shows what it says it shows. Everything here is a ratio, a count or an order: no figure of time by itself.

import Foundation
@preconcurrency import Glibc
import LabKit
import Shared
import Testing

@Suite("The tour", .serialized) struct TourTests {
    @Test func everyReplyIsRight() throws {
        let run = try TourRun.quick.get()
        #expect(run.status == .exited(0), "\(run.output)")
        #expect(run.json["problems"] as? [String] == [])
        #expect((run.json["stages"] as? [String])?.count == 5)
    }

    @Test func inStage1TheSecondClientWaitsForTheFirst() throws {
        let run = try TourRun.quick.get()
        func phases(_ stage: Int, _ client: Int) throws -> [[String: Any]] {
            let clients = try #require(try run.entries("waiting", stage: stage)[0]["clients"] as? [[String: Any]])
            return try #require(clients[client]["phases"] as? [[String: Any]])
        }
        func start(_ phase: String, _ stage: Int, _ client: Int) throws -> Double {
            try #require(try phases(stage, client).first { $0["phase"] as? String == phase }).number("start")
        }
        // Each is answered only when the one before has its reply.
        for client in 1..<5 {
            #expect(try start("receiving", 1, client) > start("receiving", 1, client - 1))
            #expect(try start("waiting", 1, client) < start("receiving", 1, 0), "it has asked before A has its reply")
        }
        let waits = try (1...5).map { stage in
            let clients = try #require(try run.entries("waiting", stage: stage)[0]["clients"] as? [[String: Any]])
            return try clients[1].number("waitMicroseconds")
        }
        #expect(waits[0] > waits[1...].min()!)
    }

    @Test func onlyStage2HasAThreadForEachConnection() throws {
        let run = try TourRun.quick.get()
        for stage in 2...5 {
            for entry in try run.entries("connections", stage: stage) where try entry.number("idle") > 0 {
                let (threads, idle) = (try entry.object("server").number("threads"), try entry.number("idle"))
                if stage == 2 { #expect(threads >= idle) } else { #expect(threads < idle / 10) }
            }
        }
    }

    @Test func stage5NeedsFewCallsForManyRequests() throws {
        let run = try TourRun.quick.get()
        func calls(_ stage: Int) throws -> Double {
            let entry = try run.entries("requests", stage: stage).first {
                try $0.number("pipeline") == 16 && $0.number("connections") == 1
            }
            return try #require(entry).number("callsPerRequest")
        }
        #expect(try calls(4) >= 8 * calls(5))
    }

    @Test func idleConnectionsCostPollAndNotEpoll() throws {
        let run = try TourRun.quick.get()
        func growth(_ stage: Int) throws -> Double {
            let entries = try run.entries("connections", stage: stage)
            let (first, last) = (try #require(entries.first), try #require(entries.last))
            try #require(try last.number("idle") >= 200)
            return try last.number("cpuMicrosecondsPerRequest") / first.number("cpuMicrosecondsPerRequest")
        }
        let (poll, epoll) = (try growth(3), try growth(4))
        #expect(poll > 3)
        #expect(poll > 3 * epoll)
    }

    /// With io_uring a call serves many requests; where it is not allowed, the run says so.
    @Test func uringMakesFewCallsOrItSaysWhyNot() throws {
        let run = try TourRun.quick.get()
        func calls(_ server: Stage) throws -> Double? {
            let entry = try run.entries("beyond", stage: server.number).first { try $0.number("pipeline") == 1 }
            return try entry?.number("allCallsPerRequest")
        }
        let many = try #require(try calls(.pipelining))
        #expect(many > 2 && run.output.contains("Cores, with"))
        if let few = try calls(.uring) {
            #expect(few < many / 4)
        } else {
            #expect(run.output.contains("Uring was left out"))
        }
    }

    @Test func whatStage1CannotDoIsShown() throws {
        let run = try TourRun.quick.get()
        let load = try #require(try run.entries("throughput", stage: 1).first)
        #expect(try load.number("servedConnections") == 1 && load.number("unanswered") > 0)
        #expect(run.output.contains("1 of 50 served"))
        #expect(try run.entries("connections", stage: 1).last?["remark"] as? String != nil)
    }

    @Test func throughAPipeItIsPlainTextOfEightyColumns() throws {
        let run = try TourRun.quick.get()
        #expect(!run.output.contains("\u{1B}") && !run.output.contains("\r") && !run.output.contains("\u{A0}"))
        let wide = run.output.split(separator: "\n").filter { $0.count > 80 && !$0.contains("/") }
        #expect(wide.isEmpty, "\(wide)")
        #expect(!run.output.contains("Your guess"))
        for experiment in Experiment.allCases { #expect(run.output.contains(experiment.title)) }
    }

    // MARK: Runs of their own

    @Test func stagesAndExperimentsCanBeChosen() throws {
        let run = try TourRun(["--quick", "--stage", "3,4", "--experiment", "waiting"])
        #expect(run.status == .exited(0), "\(run.output)")
        #expect(run.json["stages"] as? [String] == ["Stage3-Poll", "Stage4-Epoll"])
        #expect(try run.list("waiting").count == 2 && run.list("requests").isEmpty && run.list("single").isEmpty)
        #expect(run.page.contains("Who waits") && !run.page.contains("id=\"single\""))
    }

    /// Tracing needs strace and a permission that containers often withhold; the run says so then, and does not fail.
    @Test func everyCallIsCountedOrItSaysWhyNot() throws {
        let run = try TourRun(["--quick", "--stage", "4,5", "--experiment", "single", "--syscalls"])
        #expect(run.status == .exited(0), "\(run.output)")
        let remarks = try #require(run.json["remarks"] as? [String])
        let traced = try run.list("systemCalls")
        guard traced.count == 4 else {
            #expect(remarks.contains { $0.contains("calls") }, "\(remarks)")
            return
        }
        let writes = try traced.map { try $0.object("callsPerRequest").number("write") }
        #expect(writes[1] > 0.9 && writes[3] < writes[1] / 8, "\(writes)")
    }

    @Test(arguments: [
        (["--experiment", "nonsense"], "there is no experiment 'nonsense'"),
        (["--stage", "6"], "takes 1, 2, 3, 4, 5, not"),
        (["--quick", "--full"], "either --quick or --full"), (["--nonsense"], "unknown option --nonsense"),
    ]) func badOptionsAreRefused(_ arguments: [String], _ message: String) throws {
        let process = try TourRun.start(arguments)
        #expect(process.wait(within: 60_000) == .exited(1))
        #expect(process.output.contains(message), "\(process.output)")
        #expect(process.output.split(separator: "\n").count == 1)
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
        let problems = try #require(run.json["problems"] as? [String])
        #expect(problems.count == 1 && problems[0].hasPrefix("Stage5-Pipelining: "), "\(problems)")
        #expect(try run.entries("single", stage: 4).count == 1)
        #expect(run.page.contains("Stage5-Pipelining: "))
    }

    @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsEveryServer(_ signal: CInt) throws {
        let process = try TourRun.start(["--quick", "--experiment", "single"])
        // The servers run until all rounds are over; the first line comes before any of them.
        var servers: [pid_t] = []
        let deadline = Clock.monotonic + 60_000
        while servers.isEmpty && Clock.monotonic < deadline {
            servers = Self.children(of: process.pid)
            usleep(1000)
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
