// The texts as the rules about them see them: sections, links, code.

import Foundation
import LabKit
import TestSupport
import Testing

/// A text of this repository.
struct BookText: CustomTestStringConvertible {
    /// Its path, seen from the package's folder.
    let path: String
    let text: String

    init(_ path: String) throws {
        self.path = path
        text = try #require(Repository.read(path), "cannot read \(path)")
    }

    var testDescription: String { path }

    /// Those that a learner reads from the first line to the last.
    static let paths = ["README.md", "NOTES.md", "CONTRIBUTING.md", "Lab/README.md", "Tests/README.md"]

    /// What stands between fences, with the word after the fence: `sh`, `swift`, `console`.
    var fences: [(language: String, code: String)] {
        text.matches(of: /(?m)^ *```([a-z]*)\n((?s:.*?))^ *```$/).map { (String($0.1), String($0.2)) }
    }

    /// The text without what stands between fences, or indented as code.
    var prose: String {
        let text = text.replacing(/(?m)^ *```[a-z]*\n((?s:.*?))^ *```$/, with: "")
        return text.split(separator: "\n", omittingEmptySubsequences: false).filter { !$0.hasPrefix("    ") }
            .joined(separator: "\n")
    }

    /// What stands between backquotes, on one line or two.
    var spans: [String] {
        prose.matches(of: /`([^`]+)`/).map { String($0.1).replacing(/\s+/, with: " ") }
    }

    /// Links to this repository: the file ("" for this one), and what is named in it.
    var links: [(file: String, anchor: String)] {
        text.matches(of: /\]\(([^)\s]+)\)/).map { String($0.1) }.filter { !$0.hasPrefix("http") }.map { link in
            let parts = link.split(separator: "#", maxSplits: 1, omittingEmptySubsequences: false)
            return (String(parts[0]), parts.count > 1 ? String(parts[1]) : "")
        }
    }

    /// Headings, and what is under each of them, smaller headings included.
    var sections: [(anchor: String, text: String)] {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        let headings = lines.indices.filter { lines[$0].contains(#/^#+ /#) }
        return headings.map { start in
            let level = lines[start].prefix { $0 == "#" }.count
            let next = headings.first { $0 > start && lines[$0].prefix { $0 == "#" }.count <= level } ?? lines.count
            let title = lines[start].dropFirst(level + 1)
            return (Self.anchor(of: title), lines[start..<next].joined(separator: "\n"))
        }
    }

    func section(_ anchor: String) throws -> String {
        try #require(sections.first { $0.anchor == anchor }?.text, "\(path) has no section #\(anchor)")
    }

    /// How GitHub names a heading in a link: in lower case, without punctuation, with hyphens for spaces.
    private static func anchor(of title: Substring) -> String {
        String(title.lowercased().filter { $0.isLetter || $0.isNumber || " -_".contains($0) }).replacing(" ", with: "-")
    }
}

/// The files that the texts tell of.
enum Repository {
    static func read(_ path: String) -> String? {
        try? String(contentsOfFile: "\(Checkout.folder)/\(path)", encoding: .utf8)
    }

    static func has(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(Checkout.folder)/\(path)")
    }

    /// Every Swift file, by its path.
    static let sources: [String: String] = {
        var sources: [String: String] = [:]
        for top in Stage.all.map(\.folder) + ["Shared", "Lab", "Tests"] {
            for case let path as String in FileManager.default.enumerator(atPath: "\(Checkout.folder)/\(top)")
                ?? .init()
            where path.hasSuffix(".swift") {
                sources["\(top)/\(path)"] = read("\(top)/\(path)")
            }
        }
        return sources
    }()

    /// What each of them declares: `func readFull`, `struct Connection`. (By hand: a regular expression takes a minute.)
    static let declarations: [Set<String>] = {
        let keywords: Set<Substring> = ["struct", "enum", "class", "extension", "func", "var", "let", "case"]
        return sources.values.map { source in
            let words = source.utf8.split {
                !($0 > 96 && $0 < 123 || $0 > 64 && $0 < 91 || $0 > 47 && $0 < 58 || $0 == 95)
            }
            return Set(
                zip(words, words.dropFirst()).compactMap { keyword, name in
                    keywords.contains(Substring(keyword)) ? "\(Substring(keyword)) \(Substring(name))" : nil
                })
        }
    }()
}
