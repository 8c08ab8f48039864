// The claims of the course about its own text: neighbours differ by their idea and by nothing else, and each file is read
// in one sitting. The bounds are those of README's table.

import LabKit
import Shared
import TestSupport
import Testing

@Suite("Neighbours") struct NeighbourTests {
    private static func lines(_ stage: Stage, _ file: String) throws -> [Substring] {
        try Repository.text("\(stage.folder)/\(file)").split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// Lines removed and added, as `diff -u` shows them, without its two lines for the files' names.
    private static func changedLines(_ old: Stage, _ new: Stage, _ file: String) throws -> Int {
        let result = try TestProcess.run([
            "diff", "-u", "\(Checkout.folder)/\(old.folder)/\(file)", "\(Checkout.folder)/\(new.folder)/\(file)",
        ])
        try #require(result.status == .exited(0) || result.status == .exited(1), "\(result.output)")
        return result.output.split(separator: "\n").dropFirst(2).count { $0.hasPrefix("+") || $0.hasPrefix("-") }
    }

    /// What may change from a server's base to it, in lines; 0 for a file that is the same.
    private static let bounds: [(Stage, String, Int)] = [
        (.threads, "Server", 50), (.threads, "Connection", 0),
        (.epoll, "Server", 0), (.epoll, "Connection", 8), (.epoll, "Poller", 80),
        (.pipelining, "Server", 0), (.pipelining, "Connection", 40), (.pipelining, "Poller", 0),
        (.pool, "Server", 40), (.pool, "Connection", 0),
        (.cores, "Server", 32), (.cores, "Connection", 0), (.cores, "Poller", 0),
        (.kqueue, "Server", 0), (.kqueue, "Connection", 0), (.kqueue, "Poller", 90),
        (.uring, "Server", 145), (.uring, "Connection", 115),
    ]

    @Test(arguments: bounds) func aStepChangesItsIdeaAndNothingElse(_ stage: Stage, _ file: String, _ lines: Int) throws
    {
        #expect(try Self.changedLines(try #require(stage.base), stage, "\(file).swift") <= lines)
    }

    /// From stage 2 to 3 everything changes. So the two are read side by side, and must fit.
    @Test(arguments: [Stage.threads, .poll]) func connectionsFitBesideEachOther(_ stage: Stage) throws {
        // `diff -y -t -W 120` has two columns of 58.
        for line in try Self.lines(stage, "Connection.swift") { #expect(line.count <= 58, "\(line)") }
    }

    @Test(arguments: Stage.all) func everyFileIsReadInOneSitting(_ stage: Stage) throws {
        for file in stage.files {
            let lines = try Self.lines(stage, file)
            // The last is empty.
            #expect(lines.count - 1 <= 170, "\(stage)/\(file)")
            for (name, length) in Self.functions(lines) {
                #expect(length < 40, "\(stage)/\(file): \(name)")
            }
        }
    }

    /// The functions and initializers of a file, and how many lines each has. The source is formatted: a body ends at
    /// the first brace that stands as far left as its declaration.
    private static func functions(_ lines: [Substring]) -> [(name: Substring, length: Int)] {
        lines.indices.compactMap { start in
            let line = lines[start]
            let indent = line.prefix { $0 == " " }
            guard line.contains("func ") || line.contains(" init("), !line.contains("//") else { return nil }
            guard let end = lines[start...].firstIndex(where: { $0 == "\(indent)}" }) else { return nil }
            return (line.dropFirst(indent.count), line.hasSuffix("}") ? 1 : end - start + 1)
        }
    }
}
