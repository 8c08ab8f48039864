// The line of statistics that a server prints at its end.

import LabKit
import Shared
import Testing

/// `served 1 connections, 3 requests; 111 bytes in 6 reads, 33 bytes in 3 writes; 0 waits`, and for a server with several
/// loops `; 1 + 0 connections by loop`.
struct Summary {
    let line: String
    private let numbers: [Int]

    /// Ends the server, and reads the last line it printed.
    init(ending server: ServerProcess, with signal: CInt = 15, sourceLocation: SourceLocation = #_sourceLocation) throws
    {
        let status = server.endPatiently(with: signal)
        #expect(status == .exited(0), "it printed: \(server.output)", sourceLocation: sourceLocation)
        line = server.output.split(separator: "\n").last.map { String($0) } ?? ""
        numbers = line.split { !$0.isNumber }.compactMap { Int($0) }
        if numbers.count < 7 {
            Issue.record("no statistics at its end: \(line)", sourceLocation: sourceLocation)
            throw GaveUp(what: "statistics")
        }
    }

    var requests: Int { numbers[1] }
    var reads: Int { numbers[3] }
    var writes: Int { numbers[5] }
    var waits: Int { numbers[6] }
    var connectionsByLoop: [Int] { Array(numbers.dropFirst(7)) }
}
