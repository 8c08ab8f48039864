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
        let server = try ServerProcess(stage, wrapper: Strace.command(length: 0))
        var client = try server.connect(timeout: SceneClients.patience)
        let request = server.wireProtocol.encode("ECHO hello")
        for _ in 0..<(requests / pipeline) {
            try client.send(bytes: repeatElement(request, count: pipeline).flatMap(\.self))
            for _ in 0..<pipeline { try check(client.receive(), SceneClients.greeting) }
            // What strace prints must not fill the pipe.
            server.readOutput(waiting: 0)
        }
        server.end()
        // strace ends after the server, and only then has it printed everything.
        let deadline = Clock.monotonic + 10_000
        while server.readOutput(waiting: 100), Clock.monotonic < deadline {}
        let calls = Strace.calls(server.output, main: Int(server.pid))
        guard !calls.isEmpty else { throw LabError("strace printed no calls") }
        return calls.reduce(into: [:]) { $0[$1.name, default: 0] += 1 }
    }
}
