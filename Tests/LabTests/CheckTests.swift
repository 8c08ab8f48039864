// `lab check` tells the stages apart: three servers in Python keep their own stage, and fail the next one at its idea.

@preconcurrency import Glibc
import LabKit
import Shared
import TestSupport
import Testing

@testable import lab

@Suite("Checking any server") struct CheckTests {
    private let sources = StageSources()

    /// Runs `lab check`.
    private static func check(
        _ arguments: [String], environment: [String] = []
    ) throws -> (status: ServerProcess.ExitStatus?, output: String) {
        let lab = "\(ServerProcess.buildFolder)/lab"
        let process = try ServerProcess(command: ["env"] + environment + [lab, "check"] + arguments)
        // The longest run takes ten seconds on an idle machine.
        return (process.wait(within: 300_000), process.output)
    }

    /// Where Python is. A shim that finds it on PATH would be traced with it, which takes seconds.
    private static let python: String? = {
        let command = ["python3", "-c", "import sys; print(sys.executable)"]
        guard let process = try? ServerProcess(command: command),
            process.wait(within: 20_000) == .exited(0)
        else { return nil }
        return process.output.split(separator: "\n").first.map(String.init)
    }()

    private static let hasStrace = Programs.path(of: "strace") != nil

    /// One of the servers in Python, as the end of a command line.
    private func command(_ name: String) throws -> [String] {
        let (wireProtocol, file) = (name == "loop" ? "resp" : "binary", "Tests/ForeignServers/\(name).py")
        return ["--protocol", wireProtocol, "--", try #require(Self.python), "\(Checkout.folder)/\(file)", "{port}"]
            + [wireProtocol]
    }

    @Test(
        .enabled(if: python != nil, "needs python3"), arguments: [("blocking", 1), ("threads", 2), ("loop", 3)])
    func aServerPassesItsOwnStage(_ name: String, _ stage: Int) throws {
        let (status, output) = try Self.check(
            ["\(stage)", "--patience", "30"] + command(name))
        let expected = CheckClause.all.count { $0.stage <= stage }
        #expect(output.contains("Stage \(stage) is passed: \(expected) passed."), "\(output)")
        #expect(output.contains("Not checked, since"))
        #expect(status == .exited(0))
    }

    @Test(
        .enabled(if: python != nil && hasStrace, "needs python3 and strace"),
        arguments: [
            ("blocking", 2, "nothing came in"), ("threads", 3, "threads with one client"),
            ("loop", 4, "with lists of 3"), ("loop", 5, "16.0 writes for 16 replies"),
        ])
    func itFailsTheNextOneAtItsIdea(_ name: String, _ stage: Int, _ reason: String) throws {
        let idea = try #require(CheckClause.all.first { $0.stage == stage && $0.isIdea })
        let (status, output) = try Self.check(
            ["\(stage)", "--patience", "3", "--clause", idea.name] + command(name),
            environment: ["COLUMNS=200"])
        let lines = output.split(separator: "\n")
        try #require(lines.count == 8, "\(output)")
        #expect(lines[1] == "FAILED       \(idea.name) (the idea of stage \(stage))")
        #expect(lines[2].hasPrefix("  sent ") && lines[3].hasPrefix("  expected ") && lines[4].hasPrefix("  got "))
        #expect(lines[4].contains(reason), "\(output)")
        #expect(lines[5] == "  read       \"\(idea.section.rawValue)\" in NOTES.md")
        #expect(lines[6] == "Stage \(stage) is not passed: 1 failed.")
        #expect(status == .exited(1))
    }

    @Test(.enabled(if: Programs.path(of: "redis-server") != nil && hasStrace, "needs redis-server and strace"))
    func redisPassesStage4() throws {
        let (status, output) = try Self.check([
            "4", "--patience", "30", "--commands", "--", "redis-server", "--port", "{port}", "--bind", "127.0.0.1",
            "--save", "",
        ])
        #expect(output.contains("Stage 4 is passed"), "\(output)")
        #expect(!output.contains("not checked  "), "\(output)")
        #expect(status == .exited(0))
    }

    @Test func theTextHasEverySection() throws {
        let notes = try #require(sources?.text("NOTES.md")).split(separator: "\n")
        for section in NotesSection.allCases {
            let isThere = notes.contains { $0.hasPrefix("#") && $0.drop { $0 == "#" }.dropFirst() == section.rawValue }
            #expect(isThere, "NOTES.md has no section '\(section.rawValue)'")
        }
    }

    @Test func eachStageFrom2HasItsIdea() {
        for stage in 2...5 { #expect(CheckClause.all.count { $0.stage == stage && $0.isIdea } == 1) }
        #expect(Set(CheckClause.all.map(\.name)).count == CheckClause.all.count)
    }

    /// What cannot be seen is not passed.
    @Test(.enabled(if: python != nil, "needs python3")) func withoutStraceAnIdeaIsNotChecked() throws {
        let (status, output) = try Self.check(
            ["5", "--clause", "sixteen"] + command("loop"), environment: ["PATH=/nowhere", "COLUMNS=200"])
        #expect(output.contains("not checked  sixteen requests"), "\(output)")
        #expect(output.contains("strace is not installed") && output.contains("Stage 5 is not decided: 1 not checked."))
        #expect(status == .exited(1))
    }

    // MARK: What cannot be checked

    @Test(arguments: [
        ([], "which stage"), (["6", "--", "x", "{port}"], "1 to 5"), (["3-2", "--", "x", "{port}"], "1 to 5"),
        (["3"], "which server?"), (["3", "--"], "which server?"), (["3", "./server"], "'./server' is no option"),
        (["3", "--", "./server"], "{port}"), (["3", "--nonsense", "--", "x", "{port}"], "unknown option --nonsense"),
        (["3", "--protocol", "http", "--", "x", "{port}"], "--protocol takes binary or resp"),
        (["1", "--", "/no/such/program", "{port}"], "No such file"),
        (["1", "--", "sh", "-c", "echo no config; exit 3", "{port}"], "exited with status 3 before it listened"),
        (["1", "--patience", "1", "--", "sh", "-c", "exec sleep 1000", "{port}"], "does not listen"),
    ])
    func whatCannotBeCheckedIsOneLine(_ arguments: [String], _ reason: String) throws {
        let (status, output) = try Self.check(arguments)
        let lines = output.split(separator: "\n").filter { !$0.hasPrefix("Stage ") }
        #expect(lines.count == 1 && lines[0].hasPrefix("lab check: ") && lines[0].contains(reason), "\(output)")
        #expect(status == .exited(1))
    }

    /// It listens, takes every connection, and answers nothing; or it dies of its first request.
    @Test(
        .enabled(if: python != nil, "needs python3"),
        arguments: [("c.recv(1); time.sleep(1000)", "nothing came in a second"), ("c.recv(1) and 1/0", "ZeroDivision")])
    func aServerThatHangsOrDies(_ line: String, _ reason: String) throws {
        let program =
            "import socket,sys,time\ns=socket.create_server(('127.0.0.1',int(sys.argv[1])))\n"
            + "while 1:\n c=s.accept()[0]\n \(line)"
        let (status, output) = try Self.check(
            [
                "1", "--patience", "1", "--clause", "PING, ECHO", "--", try #require(Self.python), "-c", program,
                "{port}",
            ],
            environment: ["COLUMNS=200"])
        #expect(output.contains("FAILED       PING") && output.contains(reason), "\(output)")
        #expect(status == .exited(1))
    }

    /// The server, and what it has started in turn, ends with the lab.
    @Test func ctrlCLeavesNothingBehind() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("pid")
        let process = try TourRun.start(
            ["check", "1", "--", "sh", "-c", "sleep 1000 & echo $! > \"$0\"; wait", file, "{port}"])
        Clock.wait(within: 30_000) { ProcessFacts.text(file)?.isEmpty == false }
        let pid = try #require(pid_t((ProcessFacts.text(file) ?? "").split(separator: "\n").first ?? ""))
        process.signal(SIGINT)
        #expect(process.wait(within: 30_000) == .exited(130))
        Clock.wait(within: 30_000) { kill(pid, 0) != 0 || ProcessFacts(pid: pid)?.threads ?? 0 == 0 }
        #expect(ProcessFacts.isEveryThread(of: pid, in: "Z") || kill(pid, 0) != 0, "its child still runs")
    }
}
