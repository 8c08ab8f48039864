// Waiting in tests: always for something that can be seen, and never longer than a limit that only gives up. No test
// passes or fails by the clock; a machine may stall for seconds at any point.

import Glibc
import LabKit
import Shared
import Testing

/// After what time a wait is given up. What is waited for usually takes milliseconds. `PATIENCE=5` gives up sooner,
/// where many waits are in vain: when the servers are broken on purpose.
enum Patience {
    static let seconds = getenv("PATIENCE").flatMap { Int(String(cString: $0)) } ?? 30
    static let milliseconds = Int64(seconds) * 1000
}

/// Looks again and again until `condition` holds; records an issue when it does not within the time.
func eventually(
    _ what: String, sourceLocation: SourceLocation = #_sourceLocation, _ condition: () throws -> Bool
) throws {
    if try Clock.wait(within: Patience.milliseconds, until: condition) { return }
    Issue.record("did not happen in \(Patience.seconds) seconds: \(what)", sourceLocation: sourceLocation)
    throw GaveUp(what: what)
}

/// Ends a test whose next steps make no sense any more.
struct GaveUp: Error, CustomStringConvertible {
    let what: String
    var description: String { "gave up waiting: \(what)" }
}
