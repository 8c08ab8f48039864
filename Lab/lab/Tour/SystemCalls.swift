// `--syscalls`: every system call, counted by strace. In runs of their own, for a traced server is slow.

import LabKit
import Shared

extension Tour {
    /// Requests of the shorter and of the longer run. What one of them costs is the difference of the two, divided:
    /// so starting, connecting and ending do not count.
    private static let shortRun = 320
    private static let longRun = 960

    func countSystemCalls() {
        screen.heading("Every system call")
        if let obstacle = Strace.obstacle { return note("The system calls were not counted: \(obstacle).") }
        screen.paragraph(
            "One client; calls for each request, by strace. In brackets: how many requests it has in flight.")
        screen.line()
        for stage in options.stages {
            for pipeline in [1, TourPlan.loadPipeline] {
                screen.progress("\(stage.title), \(pipeline) in flight")
                do {
                    results.systemCalls.append(try countSystemCalls(stage, pipeline))
                } catch {
                    note("\(stage.title): no calls were counted: \(error)")
                }
            }
        }
        for result in results.systemCalls {
            screen.paragraph("\(result.stage.title) (\(result.pipeline)): \(result.list)")
        }
    }

    private func countSystemCalls(_ stage: Stage, _ pipeline: Int) throws -> SystemCallMeasurement {
        let few = try trace(stage, pipeline, requests: Self.shortRun)
        let many = try trace(stage, pipeline, requests: Self.longRun)
        let requests = Self.longRun - Self.shortRun
        let calls = many.map { name, count in
            SystemCallMeasurement.Call(
                name: name, perRequest: Double(max(0, count - (few[name] ?? 0))) / Double(requests))
        }
        return SystemCallMeasurement(
            stage: stage, pipeline: pipeline, requests: requests,
            // A call of every hundredth request is one of the timer's, or of nobody's.
            calls: calls.filter { $0.perRequest >= 0.01 }.sorted { ($1.perRequest, $0.name) < ($0.perRequest, $1.name) }
        )
    }

    /// Runs a stage under strace, with so many requests.
    ///
    /// - Returns: how often each call was made.
    private func trace(_ stage: Stage, _ pipeline: Int, requests: Int) throws -> [String: Int] {
        // -D: strace watches from the side, so that the server is our child, and is ended and reaped as always.
        let server = try ServerProcess(stage, wrapper: ["strace", "-D", "-f", "-c"])
        var plan = loadPlan(server, connections: 1, pipeline: pipeline, seconds: 1)
        plan.keys = 0..<100
        plan.limit = .requests(requests)
        _ = try Load.run(plan)
        server.end()
        // strace prints when the server has ended, into the same pipe.
        let deadline = Clock.monotonic + 10_000
        while server.readOutput(waiting: 100), Clock.monotonic < deadline {}
        let calls = SystemCallCounts.parse(server.output)
        guard !calls.isEmpty else { throw LabError("strace printed no counts") }
        return calls
    }
}

/// System calls by name.
enum SystemCallCounts {
    /// Reads the whole table; empty until its last line is there.
    ///
    ///     % time     seconds  usecs/call     calls    errors syscall
    ///     ------ ----------- ----------- --------- --------- ----------------
    ///      61.20    0.001234           3       321         2 read
    ///     ------ ----------- ----------- --------- --------- ----------------
    ///     100.00    0.002016           3       642         2 total
    static func parse(_ text: String) -> [String: Int] {
        var calls: [String: Int] = [:]
        for line in text.split(separator: "\n") {
            let fields = line.split(separator: " ")
            // The column of errors is empty where there were none.
            guard fields.count >= 5, fields[0].contains("."), let count = Int(fields[3]), let name = fields.last else {
                continue
            }
            if name == "total" { return calls }
            calls[String(name)] = count
        }
        return [:]
    }
}
