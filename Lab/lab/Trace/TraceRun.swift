// A scene played in front of servers that run under strace.

import Foundation
import LabKit
import Shared

extension StageTrace {
    /// How often a scene is played. Whatever else the machine does makes some of them longer, and none shorter.
    private static let rounds = 3

    /// Records a scene a few times.
    ///
    /// - Returns: the shortest.
    static func record(_ stage: Stage, _ scene: TraceScene) throws -> StageTrace {
        try (0..<rounds).map { _ in try recordOnce(stage, scene) }.min { $0.duration < $1.duration }!
    }

    /// Starts a stage under strace, plays a scene, and ends it.
    private static func recordOnce(_ stage: Stage, _ scene: TraceScene) throws -> StageTrace {
        // strace and server print into the same pipe, which must be read while they are waited for. 32 characters show a
        // whole request.
        let server: ServerProcess
        do {
            server = try ServerProcess(stage, wrapper: Strace.command(isTimed: true, length: 32))
        } catch {
            throw LabError("\(stage) did not start under strace: \(error.description.suffix(200))")
        }
        try TracePlayer.prepare(scene, server)
        server.readOutput(waiting: 0)
        guard TracePlayer.untilIdle(server.pid) else { throw LabError("\(stage) does not rest") }
        let player = TracePlayer(scene, server)
        // The same moment by the clock that strace uses.
        let zero = Date().timeIntervalSince1970 - player.clients.time / 1_000_000
        try player.play { server.readOutput(waiting: 5) }
        let duration = player.clients.time
        guard server.end(within: 30_000) == .exited(0) else {
            throw LabError("\(stage) did not end as it should: \(server.output.suffix(200))")
        }
        // strace ends after the server, and only then has it printed everything.
        let deadline = Clock.monotonic + 30_000
        while server.readOutput(waiting: 1000) {
            if Clock.monotonic > deadline { throw LabError("strace does not end") }
        }
        if let problem = player.clients.problems.first { throw LabError("\(stage): \(problem)") }
        let main = Int(server.pid)
        let calls = TraceNames.calls(
            Strace.calls(server.output, main: main), clients: player.names, main: main, zero: zero, duration: duration)
        return StageTrace(stage: stage, duration: duration, clients: player.recordings, calls: calls)
    }
}
