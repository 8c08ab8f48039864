// Every command that a text shows is one that its program accepts: the program is there, and so are its options. (What
// they print: see BookOutputTests.)

import LabKit
import Testing

@Suite("Commands in the texts") struct BookCommandTests {
    /// The lines between fences that are for a shell, and what stands between backquotes, without comments.
    private static func commands(in path: String) throws -> [String] {
        let text = try BookText(path)
        let fenced = text.fences.filter { $0.language == "sh" || $0.language == "console" }.flatMap { fence in
            fence.code.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.compactMap { line in
                fence.language == "sh" ? line : line.hasPrefix("$ ") ? String(line.dropFirst(2)) : nil
            }
        }
        return (fenced + text.spans).map { String($0.replacing(#/ +#.*$/#, with: "")) }
    }

    /// `swift run -c release lab load --port 7379` as `["lab", "load", "--port", "7379"]`; nil for another command.
    private static func program(_ command: String) -> [String]? {
        let words = command.split(separator: " ").map(String.init)
        if words.first == "lab" || words.first.map(Set(Stage.all.map(\.name)).contains) == true { return words }
        guard let run = words.firstIndex(of: "run"), run > 0, words[run - 1] == "swift" else { return nil }
        let rest = words[(run + 1)...]
        return Array(rest.first == "-c" ? rest.dropFirst(2) : rest)
    }

    /// What `--help` says, asked once for each command.
    private static func help(_ words: [String]) throws -> String {
        let process = try ServerProcess(
            command: ["\(ServerProcess.buildFolder)/\(words[0])"] + words.dropFirst() + ["--help"], wireProtocol: .resp2
        )
        try #require(process.wait(within: 60_000) == .exited(0), "\(words): \(process.output)")
        return process.output
    }

    @Test(arguments: BookText.paths) func everyCommandIsAccepted(_ path: String) throws {
        var known: [[String]: String] = [:]
        for command in try Self.commands(in: path) {
            guard let words = Self.program(command), let name = words.first else { continue }
            let isServer = Stage.all.contains { $0.name == name }
            #expect(isServer || name == "lab", "\(path): \(command)")
            if name == "Kqueue" && !Stage.built.contains(.kqueue) { continue }
            // `lab` and what follows it: a command, or the options of the tour.
            let key =
                isServer ? [name] : Array(words.prefix(2).filter { !$0.hasPrefix("-") && $0 != "…" && $0 != "COMMAND" })
            if known[key] == nil {
                known[key] = try Self.help(key) + (key == ["lab"] ? try Self.help(["lab", "tour"]) : "")
            }
            // What follows `--` is another program's.
            for option in words.prefix(while: { $0 != "--" }) where option.hasPrefix("--") {
                #expect(known[key]?.contains(option) == true, "\(path): \(command): there is no \(option)")
            }
        }
    }

    /// `swift test --filter NAME` must find something.
    @Test(arguments: BookText.paths) func everyFilterFindsATest(_ path: String) throws {
        let names = Repository.sources.filter { $0.key.hasPrefix("Tests/") }
        for command in try Self.commands(in: path) {
            guard let filter = command.firstMatch(of: /swift test .*--filter "?([\w|]+)"?/) else { continue }
            for part in filter.1.split(separator: "|") {
                #expect(names.contains { $0.key.contains(part) || $0.value.contains(" \(part)") }, "\(command)")
            }
        }
    }

    /// The scripts in `Tests`, and their options.
    @Test(arguments: BookText.paths) func everyScriptIsAccepted(_ path: String) throws {
        for command in try Self.commands(in: path) {
            guard let script = command.firstMatch(of: /(Tests\/\w+\/run|\.ci\/run)/)?.1 else { continue }
            if script == "Tests/Exercises/run" && !Repository.has("Tests/Exercises") { continue }
            let text = try #require(Repository.read(String(script)), "\(path) names \(script)")
            for option in command.matches(of: /--[a-z]+/) {
                #expect(text.contains(option.0), "\(path): \(command): there is no \(option.0)")
            }
        }
    }
}
