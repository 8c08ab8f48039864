// `--syscalls`: every system call, counted by strace. In runs of their own, for a traced server is slow.

@preconcurrency import Glibc
import LabKit
import Shared

extension Tour {
    /// Requests of the shorter and of the longer run. What one of them costs is the difference of the two, divided:
    /// so starting, connecting and ending do not count.
    private static let shortRun = 320
    private static let longRun = 960

    func countSystemCalls() {
        screen.heading("Every system call")
        guard let strace = Programs.path(of: "strace") else {
            let remark = "strace is not installed, so the system calls were not listed."
            results.remarks.append(remark)
            return screen.paragraph(remark)
        }
        screen.paragraph(
            "One client; calls for each request, by strace. In brackets: how many requests it has in flight.")
        screen.line()
        for stage in options.stages {
            for pipeline in [1, TourPlan.loadPipeline] {
                screen.progress("\(stage.title), \(pipeline) in flight")
                do {
                    results.systemCalls.append(try countSystemCalls(stage, pipeline, strace))
                } catch {
                    // Tracing is often forbidden in containers. That is no fault of the servers.
                    let remark = "\(stage.title): no calls were counted: \(error)"
                    results.remarks.append(remark)
                    screen.paragraph(remark)
                }
            }
        }
        printSystemCalls()
    }

    private func countSystemCalls(_ stage: Stage, _ pipeline: Int, _ strace: String) throws -> SystemCallMeasurement {
        let few = try trace(stage, pipeline, requests: Self.shortRun, strace)
        let many = try trace(stage, pipeline, requests: Self.longRun, strace)
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
    private func trace(_ stage: Stage, _ pipeline: Int, requests: Int, _ strace: String) throws -> [String: Int] {
        let path = try temporaryFile("lab-strace")
        defer { unlink(path) }
        // -D: strace watches from the side, so that the server is our child, and is ended and reaped as always.
        let server = try ServerProcess(stage, wrapper: [strace, "-D", "-f", "-c", "-o", path])
        var plan = loadPlan(server, connections: 1, pipeline: pipeline, seconds: 1)
        plan.keys = 0..<100
        plan.limit = .requests(requests)
        _ = try Load.run(plan)
        server.end()
        var calls: [String: Int] = [:]
        // strace writes when the server has ended, and in a process of its own.
        wait(until: {
            calls = SystemCallCounts.parse(ProcessFacts.text(path) ?? "")
            return !calls.isEmpty
        })
        guard !calls.isEmpty else { throw LabError("strace wrote nothing") }
        return calls
    }

    private func printSystemCalls() {
        screen.clearProgress()
        for result in results.systemCalls {
            let calls = result.calls.map { "\($0.name) \(Format.number($0.perRequest, decimals: 2))" }
            screen.paragraph("\(result.stage.title) (\(result.pipeline)): " + calls.joined(separator: ", "))
        }
    }

    /// An empty file that is there only for this run.
    func temporaryFile(_ name: String, suffix: String = "") throws -> String {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var path = Array("\(folder)/\(name)-XXXXXX\(suffix)".utf8CString)
        let number = mkstemps(&path, CInt(suffix.utf8.count))
        guard number >= 0 else {
            throw LabError("no temporary file in \(folder): \(String(cString: strerror(errno)))")
        }
        close(number)
        return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
