// System calls, seen one by one with `strace`, which is not everywhere, and not allowed everywhere.

import LabKit
import Shared
import Testing

extension Strace {
    static let isAvailable = !Sanitizer.isOn && obstacle == nil

    static let reason: Comment = "needs strace, the permission to use it, and no sanitizer"

    /// Runs a stage, traces these calls of it while `body` runs, and ends it.
    ///
    /// - Returns: each call, as strace prints it.
    static func calls(
        _ names: String, of stage: Stage, _ body: (ServerProcess) throws -> Void
    ) throws -> [String] {
        var calls: [StraceCall] = []
        // What strace prints comes through the same pipe as the server's output. `body` must not let it fill up, or
        // both would stand still.
        try withServer(stage, wrapper: command(calls: names, length: 1)) { server in
            try body(server)
            #expect(server.endPatiently() == .exited(0))
            let isComplete = server.waitForLine(timeout: Patience.seconds) { $0.hasPrefix("+++ exited") } != nil
            try #require(isComplete, "strace did not tell of the end: \(server.output)")
            calls = self.calls(server.output, main: Int(server.pid))
        }
        return calls.map(\.text).filter { !$0.contains("EINTR") }
    }
}
