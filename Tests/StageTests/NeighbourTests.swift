// The claims of the course about its own text: neighbouring stages differ by their lesson and by nothing else, and each
// is read in one sitting.

import LabKit
import Shared
import Testing

@Suite("Neighbouring stages") struct NeighbourTests {
    private static let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")

    private static func path(_ stage: Stage, _ file: String) -> String {
        "\(folder)/\(stage.name)/\(file).swift"
    }

    private static func text(_ stage: Stage, _ file: String) throws -> String {
        let path = path(stage, file)
        return try #require(ProcessFacts.text(path), "cannot read \(path)")
    }

    private static func lines(_ stage: Stage, _ file: String) throws -> [Substring] {
        try text(stage, file).split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// What `diff -u | grep -c '^[+-]'` says: lines added and removed, and two for the files' names.
    private static func changedLines(_ old: Stage, _ new: Stage, _ file: String) throws -> Int {
        let result = try TestProcess.run("diff", "-u", path(old, file), path(new, file))
        try #require(result.status == .exited(0) || result.status == .exited(1), "\(result.output)")
        return result.output.split(separator: "\n").count { $0.hasPrefix("+") || $0.hasPrefix("-") }
    }

    @Test func aThreadPerConnectionTakesFewLines() throws {
        #expect(try Self.changedLines(.sync, .threads, "main") <= 80)
    }

    @Test func howOneConnectionIsServedIsTheSameInStages1And2() throws {
        let start = "/// One client.\nstruct Connection"
        let connections = try [Stage.sync, .threads].map { stage in
            let parts = try Self.text(stage, "main").split(separator: start)
            try #require(parts.count == 2, "\(stage) has no `\(start)`")
            return parts[1]
        }
        #expect(connections[0] == connections[1])
    }

    @Test func pollAndEpollDifferInTheirPollerAndTheirProtocol() throws {
        let changed = try Self.changedLines(.poll, .epoll, "Poller") + Self.changedLines(.poll, .epoll, "Connection")
        #expect(changed <= 120)
    }

    @Test func pipeliningIsInTheConnectionAlone() throws {
        #expect(try Self.changedLines(.epoll, .pipelining, "Connection") <= 100)
        #expect(try Self.text(.epoll, "Poller") == Self.text(.pipelining, "Poller"))
    }

    @Test func theLoopIsTheSameInStages3To5() throws {
        let loops = try [Stage.poll, .epoll, .pipelining].map { stage in
            let lines = try Self.lines(stage, "main").drop { $0.hasPrefix("//") }
            return lines.joined(separator: "\n").split(separator: "\"\(stage.name)\"").joined(separator: "NAME")
        }
        #expect(loops[0] == loops[1])
        #expect(loops[1] == loops[2])
    }

    private static func files(of stage: Stage) -> [String] {
        stage.rawValue < 3 ? ["main"] : ["main", "Connection", "Poller"]
    }

    @Test(arguments: Stage.allCases) func everyFileIsReadInOneSitting(_ stage: Stage) throws {
        for file in Self.files(of: stage) {
            let lines = try Self.lines(stage, file)
            #expect(lines.count < 170, "\(stage)/\(file)")
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
