// lab trace: every system call of a server, while a scene is played in front of it.

import Foundation
import LabKit
import Shared

private let options = CommandOptions(
    command: "lab trace",
    summary: """
        Plays a scene in front of each stage, and shows every system call with which it answers: recorded with strace.
        """,
    options: [
        .init("--scene", "NAME", "waiting, pipeline or backpressure (waiting)"),
        .init("--stage", "N,N", "only these, or others: \(Stage.all.dropFirst(5).map(\.key).joined(separator: ", "))"),
        .init("--report", "FILE.html", "write a page there, to step through call by call"),
        .init("--json", "FILE", "keep the recording there"),
        .init("--from", "FILE", "show a recording that was kept, instead of making one"),
    ])

func runTrace(_ arguments: [String]) throws {
    let values = try options.values(arguments)
    // Said before the run.
    for path in ["--json", "--report"].compactMap(values.text) { try OutputFile.check(path) }
    let recording = try values.text("--from").map { try readTrace($0, values) } ?? recordTrace(values)
    TraceScreen().print(recording)
    if let path = values.text("--report") {
        try OutputFile.write(TraceReport(recording: recording).html, to: path)
        print("\nThe page to step through: \(path)")
    } else {
        print("\nAs a page to step through: lab trace --report FILE.html")
    }
    if let path = values.text("--json") { try OutputFile.write(try Record.text(recording), to: path) }
}

private func recordTrace(_ values: CommandOptions.Values) throws -> TraceRecording {
    let scene = try values.cases("--scene", or: [TraceScene.waiting])[0]
    let stages = try values.stages("--stage") ?? Stage.allCases
    for stage in stages {
        if let obstacle = stage.obstacle { throw LabError("\(stage) cannot be traced: \(obstacle)") }
    }
    if let obstacle = Strace.obstacle { throw LabError(obstacle) }
    Children.endOnSignal()
    let machine = Machine()
    var recording = TraceRecording(scene: scene, date: machine.date, machine: machine.summary, stages: [])
    for stage in stages { recording.stages.append(try StageTrace.record(stage, scene)) }
    return recording
}

private func readTrace(_ path: String, _ values: CommandOptions.Values) throws -> TraceRecording {
    if values.has("--scene") { throw LabError("--scene is for a new recording; \(path) has its own") }
    guard let data = FileManager.default.contents(atPath: path) else { throw LabError("cannot read \(path)") }
    do {
        var recording = try JSONDecoder().decode(TraceRecording.self, from: data)
        if let stages = try values.stages("--stage") { recording.stages.removeAll { !stages.contains($0.stage) } }
        if recording.stages.isEmpty { throw LabError("\(path) has no recording of such a stage") }
        return recording
    } catch is DecodingError {
        throw LabError("\(path) is no recording of lab trace --json")
    }
}
