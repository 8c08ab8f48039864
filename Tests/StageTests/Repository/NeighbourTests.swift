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
        let result = try TestProcess.run(
            "diff", "-u", Repository.path("\(old.folder)/\(file)"), Repository.path("\(new.folder)/\(file)"))
        try #require(result.status == .exited(0) || result.status == .exited(1), "\(result.output)")
        return result.output.split(separator: "\n").dropFirst(2).count { $0.hasPrefix("+") || $0.hasPrefix("-") }
    }

    /// What may change from a server's base to it; 0 for a file that is the same.
    private struct Bound: CustomTestStringConvertible {
        let stage: Stage
        let file: String
        let lines: Int

        init(_ stage: Stage, _ file: String, _ lines: Int) {
            self.stage = stage
            self.file = "\(file).swift"
            self.lines = lines
        }

        var testDescription: String { "\(stage)/\(file)" }
    }

    private static let bounds = [
        Bound(.threads, "Server", 50), Bound(.threads, "Connection", 0),
        Bound(.epoll, "Server", 0), Bound(.epoll, "Connection", 8), Bound(.epoll, "Poller", 80),
        Bound(.pipelining, "Server", 0), Bound(.pipelining, "Connection", 40), Bound(.pipelining, "Poller", 0),
        Bound(.pool, "Server", 40), Bound(.pool, "Connection", 0),
        Bound(.cores, "Server", 32), Bound(.cores, "Connection", 0), Bound(.cores, "Poller", 0),
        Bound(.kqueue, "Server", 0), Bound(.kqueue, "Connection", 0), Bound(.kqueue, "Poller", 90),
        Bound(.uring, "Server", 145), Bound(.uring, "Connection", 115),
    ]

    @Test(arguments: bounds) private func aStepChangesItsIdeaAndNothingElse(_ bound: Bound) throws {
        let base = try #require(bound.stage.base)
        #expect(try Self.changedLines(base, bound.stage, bound.file) <= bound.lines)
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
