// System calls, seen one by one with `strace`, which is not everywhere, and not allowed everywhere.

import LabKit
import Shared
import Testing

enum Strace {
    static let isAvailable: Bool = {
        let result = try? TestProcess.run("strace", "-D", "-o", "/dev/null", "true")
        return result?.status == .exited(0) && !Sanitizer.isOn
    }()

    /// With -D, the server is this process's child, and not strace's: so signals reach it. With -a 1, results are not
    /// aligned; with -s 1, of an array one element is printed.
    private static let command = ["strace", "-D", "-f", "-a", "1", "-s", "1", "-e", "signal=none"]

    static let reason: Comment = "needs strace, the permission to use it, and no sanitizer"

    /// Runs a stage, traces these calls of it while `body` runs, and ends it.
    ///
    /// - Returns: a line for each call, as strace prints it.
    static func calls(
        _ names: String, of stage: Stage, _ body: (ServerProcess) throws -> Void
    ) throws -> [Substring] {
        var lines: [Substring] = []
        // What strace prints comes through the same pipe as the server's output. `body` must not let it fill up, or
        // both would stand still.
        try withServer(stage, wrapper: command + ["-e", "trace=\(names)"]) { server in
            try body(server)
            #expect(server.endPatiently() == .exited(0))
            let isComplete = server.waitForLine(timeout: Patience.seconds) { $0.hasPrefix("+++ exited") } != nil
            try #require(isComplete, "strace did not tell of the end: \(server.output)")
            // A call during which another thread makes one is printed in two parts; the first of them is kept.
            lines = server.output.split(separator: "\n")
                .filter { $0.contains(") = ") && !$0.contains(" resumed>") || $0.contains("<unfinished") }
                .filter { !$0.contains("EINTR") }
                .map { $0.hasPrefix("[pid") ? $0.drop { $0 != "]" }.dropFirst(2) : $0 }
        }
        return lines
    }
}
