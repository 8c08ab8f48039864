// The options of the lab's commands: `--name value`, `--name=value`, or `--name` alone.

import LabKit

/// The options that one command takes.
struct CommandOptions: Sendable {
    struct Option: Sendable {
        let name: String
        let placeholder: String?
        let help: String

        /// An option that takes a value, or only stands there when `placeholder` is nil.
        init(_ name: String, _ placeholder: String? = nil, _ help: String) {
            self.name = name
            self.placeholder = placeholder
            self.help = help
        }
    }

    private let command: String
    private let summary: String
    private let options: [Option]
    /// Options end at the first argument that is none; what follows belongs to somebody else.
    private let takesWords: Bool
    /// How `--help` calls that.
    private let placeholder: String

    init(
        _ command: String, _ summary: String, _ options: [Option], takesWords: Bool = false,
        placeholder: String = "[word ...]"
    ) {
        self.command = command
        self.summary = summary
        self.options = options
        self.takesWords = takesWords
        self.placeholder = placeholder
    }

    /// What `--help` prints.
    var usage: String {
        let lines = (options + [Option("--help", nil, "print this and exit")]).map {
            ("\($0.name)" + ($0.placeholder.map { " \($0)" } ?? ""), $0.help)
        }
        let width = lines.map(\.0.count).max()! + 2
        let words = takesWords ? " \(placeholder)" : ""
        return "usage: \(command) [options]\(words)\n\(summary)\n\n"
            + lines.map { "  " + $0 + String(repeating: " ", count: width - $0.count) + $1 }.joined(separator: "\n")
    }

    /// Reads a command line.
    ///
    /// - Returns: nil when `--help` was asked for.
    func parse(_ arguments: [String]) throws(LabError) -> Values? {
        var values = Values(texts: [:], words: [])
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" { return nil }
            if takesWords && !argument.hasPrefix("-") {
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

    /// What a command line chose.
    struct Values: Sendable {
        fileprivate var texts: [String: String]
        /// What followed the options.
        fileprivate(set) var words: [String]

        func has(_ name: String) -> Bool { texts[name] != nil }

        func text(_ name: String) -> String? { texts[name] }

        /// The number given for an option; nil where it was not given.
        func number(_ name: String, in range: ClosedRange<Int>) throws(LabError) -> Int? {
            guard let text = texts[name] else { return nil }
            return try Self.number(text, name, in: range)
        }

        /// The numbers, separated by commas, given for an option; nil where it was not given.
        func numbers(_ name: String, in range: ClosedRange<Int>) throws(LabError) -> [Int]? {
            guard let texts = try list(name) else { return nil }
            var numbers: [Int] = []
            for text in texts { numbers.append(try Self.number(text, name, in: range)) }
            return numbers
        }

        /// The words, separated by commas, given for an option; nil where it was not given.
        func list(_ name: String) throws(LabError) -> [String]? {
            guard let words = texts[name]?.split(separator: ",").map(String.init) else { return nil }
            if words.isEmpty { throw LabError("\(name) needs at least one") }
            return words
        }

        /// The servers, separated by commas, given for an option; nil where it was not given.
        ///
        /// - Parameter known: those that can be named.
        func stages(_ name: String, among known: [Stage] = Stage.all) throws(LabError) -> [Stage]? {
            guard let keys = try list(name) else { return nil }
            var stages: [Stage] = []
            for key in keys {
                guard let stage = Stage(key: key), known.contains(stage) else {
                    throw LabError("\(name) takes \(known.map(\.key).joined(separator: ", ")), not '\(key)'")
                }
                stages.append(stage)
            }
            return stages
        }

        private static func number(
            _ text: String, _ name: String, in range: ClosedRange<Int>
        ) throws(LabError) -> Int {
            guard let number = Int(text), range.contains(number) else {
                let limits = "\(range.lowerBound) to \(range.upperBound)"
                throw LabError("\(name) takes a number from \(limits), not '\(text)'")
            }
            return number
        }
    }
}
