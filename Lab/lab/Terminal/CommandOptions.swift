// The options of the lab's commands: `--name value`, `--name=value`, or `--name` alone.

@preconcurrency import Glibc
import LabKit

/// The options that one command takes.
struct CommandOptions: Sendable {
    struct Option: Sendable {
        let name: String
        /// What stands for its value in `--help`; nil where it has none.
        let placeholder: String?
        let help: String

        init(_ name: String, _ placeholder: String?, _ help: String) {
            (self.name, self.placeholder, self.help) = (name, placeholder, help)
        }
    }

    let command: String
    /// A paragraph in each line.
    let summary: String
    /// What else can be named on the command line, and what it means.
    var topics: [(name: String, meaning: String)] = []
    let options: [Option]
    /// What follows the options, as `--help` calls it; nil where nothing may. Options end at the first word that is none.
    var words: String?

    /// What `--help` prints.
    func usage(width: Int) -> String {
        let lines = (options + [Option("--help", nil, "print this and exit")]).map {
            ("  \($0.name)" + ($0.placeholder.map { " \($0)" } ?? ""), $0.help)
        }
        let column = lines.map(\.0.count).max()! + 2
        let start = "usage: \(command) [options]" + (words.map { " \($0)" } ?? "")
        let help = lines.flatMap { Terminal.wrap($0, $1, column: column, width: width) }
        let text = summary.split(separator: "\n").flatMap { line in
            Terminal.wrap(String(line), width: width, indent: String(line.prefix { $0 == " " }))
        }
        let list = topics.flatMap { Terminal.wrap("  \($0)", $1, column: 14, width: width) }
        return ([start] + text + list + [""] + help).joined(separator: "\n")
    }

    /// Reads a command line; one that asks for help prints it, and that is all.
    func values(_ arguments: [String]) throws(LabError) -> Values {
        if let values = try parse(arguments) { return values }
        print(usage(width: Terminal().textWidth))
        exit(0)
    }

    /// Reads a command line.
    ///
    /// - Returns: nil when `--help` was asked for.
    func parse(_ arguments: [String]) throws(LabError) -> Values? {
        var values = Values(texts: [:], words: [])
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" { return nil }
            if words != nil && !argument.hasPrefix("-") {
                values.words = [argument] + rest
                return values
            }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard let option = options.first(where: { $0.name == parts[0] }) else {
                throw LabError("unknown option \(argument); --help lists the options")
            }
            guard option.placeholder != nil else {
                guard parts.count == 1 else { throw LabError("\(option.name) takes no value") }
                values.texts[option.name] = ""
                continue
            }
            guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                throw LabError("\(option.name) needs a value; --help lists the options")
            }
            values.texts[option.name] = value
        }
        return values
    }

    /// What a command line chose. What an option does not name is nil.
    struct Values {
        fileprivate(set) var texts: [String: String]
        /// What followed the options.
        fileprivate(set) var words: [String]

        func has(_ name: String) -> Bool { texts[name] != nil }

        func text(_ name: String) -> String? { texts[name] }

        func number(_ name: String, in range: ClosedRange<Int>) throws -> Int? {
            try texts[name].map { try Self.number($0, name, in: range) }
        }

        func numbers(_ name: String, in range: ClosedRange<Int>) throws -> [Int]? {
            try list(name)?.map { try Self.number($0, name, in: range) }
        }

        /// Words, separated by commas.
        func list(_ name: String) throws -> [String]? {
            guard let words = texts[name]?.split(separator: ",").map(String.init) else { return nil }
            if words.isEmpty { throw LabError("\(name) needs at least one") }
            return words
        }

        /// Servers, separated by commas.
        func stages(_ name: String, among known: [Stage] = Stage.all) throws -> [Stage]? {
            try list(name)?.map { key in
                if let stage = Stage(key: key), known.contains(stage) { return stage }
                throw LabError("\(name) takes \(known.map(\.key).joined(separator: ", ")), not '\(key)'")
            }
        }

        /// The cases of an enumeration, separated by commas.
        func cases<Choice: CaseIterable & RawRepresentable<String>>(
            _ name: String, or choices: [Choice]
        ) throws -> [Choice] {
            try list(name)?.map { word in
                if let choice = Choice(rawValue: word.lowercased()) { return choice }
                throw LabError("\(name) takes \(Self.names(Choice.self)), not '\(word)'")
            } ?? choices
        }

        /// `ping, set, get`
        static func names<Choice: CaseIterable & RawRepresentable<String>>(_ choices: Choice.Type) -> String {
            choices.allCases.map(\.rawValue).joined(separator: ", ")
        }

        private static func number(_ text: String, _ name: String, in range: ClosedRange<Int>) throws -> Int {
            guard let number = Int(text), range.contains(number) else {
                let limits = "\(range.lowerBound) to \(range.upperBound)"
                throw LabError("\(name) takes a number from \(limits), not '\(text)'")
            }
            return number
        }
    }
}
