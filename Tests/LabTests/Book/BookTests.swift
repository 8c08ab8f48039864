// What the texts say about the code is so: every file, function, test, mutation and exercise that they name is there, every
// few lines of code that they show are those of the source, every link leads somewhere, every figure has its source.

import Foundation
import LabKit
import Testing

@Suite("The texts") struct BookTests {
    /// Names of other projects' functions, of Swift's and of C's that look like ours.
    private static let foreign: Set = [
        "handleClientsWithPendingWrites", "Glibc.read",
    ]

    @Test(arguments: BookText.paths) func everyFileIsThere(_ path: String) throws {
        let folders = [
            "Stage1", "Stage2", "Stage3", "Stage4", "Stage5", "Beyond/", "Shared/", "Lab/", "Tests/", ".ci/",
        ]
        for span in try BookText(path).spans {
            let word = String(span.prefix { $0 != " " })
            guard folders.contains(where: word.hasPrefix), !word.contains("…") else { continue }
            if word.hasPrefix("Tests/Exercises") && !Repository.has("Tests/Exercises") { continue }
            #expect(Repository.has(word), "\(path) names \(word)")
        }
        for span in try BookText(path).spans where span.wholeMatch(of: /[A-Z]\w+\.swift/) != nil {
            let isThere = Repository.has(span) || Repository.sources.keys.contains { $0.hasSuffix("/\(span)") }
            #expect(isThere, "\(path) names \(span)")
        }
    }

    /// `Connection.execute`: some file declares both. `readFull`: some file declares it.
    @Test(arguments: BookText.paths) func everyFunctionIsThere(_ path: String) throws {
        for span in try BookText(path).spans where !Self.foreign.contains(span) {
            let parts = span.split(separator: ".")
            let isThere: Bool
            if span.wholeMatch(of: /[A-Z]\w+\.[a-z]\w+/) != nil, !["swift", "md", "java"].contains(parts[1]) {
                isThere = Repository.declarations.contains {
                    Self.declares($0, Self.types, parts[0])
                        && (parts[1] == "init" || Self.declares($0, Self.members, parts[1]))
                }
            } else if span.wholeMatch(of: /[a-z][a-z0-9]*[A-Z]\w+/) != nil {
                isThere = Repository.declarations.contains { Self.declares($0, Self.members, parts[0]) }
            } else {
                continue
            }
            #expect(isThere, "\(path) names \(span)")
        }
    }

    private static func declares(_ names: Set<String>, _ keywords: [String], _ name: Substring) -> Bool {
        keywords.contains { names.contains("\($0) \(name)") }
    }

    private static let types = ["struct", "enum", "class", "extension"]
    private static let members = ["func", "var", "let", "case"]

    /// In the table of misconceptions and that of attacks, a clause of the contract is named by its words.
    @Test func everyClauseIsThere() throws {
        // Those that any server can be asked are in the lab.
        let contract = Repository.sources.filter { $0.key.contains("/Contract/") || $0.key.contains("/Check/") }
            .values.joined()
        let quoted = try BookText("Tests/README.md").prose.matches(of: /contract "([^"]+)"/).map { String($0.1) }
        let rows = try BookText("NOTES.md").section("misconceptions").split(separator: "\n").filter {
            $0.hasPrefix("| ")
        }
        let inTable = rows.dropFirst().compactMap { row -> String? in
            let last = row.split(separator: "|").last?.trimmingCharacters(in: .whitespaces) ?? ""
            return last.hasPrefix("`") || last.hasPrefix("-") ? nil : last
        }
        try #require(!quoted.isEmpty && !inTable.isEmpty)
        for clause in quoted + inTable {
            let words = clause.replacing(/\s+/, with: " ").replacing(#/ ?…$/#, with: "")
            let isThere = contract.contains("\"\(words)")
            #expect(isThere, "no clause is called \(words)")
        }
    }

    @Test(arguments: BookText.paths) func everyMutationIsThere(_ path: String) throws {
        for span in try BookText(path).spans {
            guard let match = span.firstMatch(of: /Tests\/Mutations\/run (.+)/) else { continue }
            for name in match.1.split(separator: " ") where !name.hasPrefix("-") && name != "NAME" {
                #expect(Repository.has("Tests/Mutations/\(name).patch"), "\(path) names \(name)")
            }
        }
    }

    @Test(.enabled(if: Repository.has("Tests/Exercises"), "there are no exercises here"))
    func everyExerciseIsThere() throws {
        let paragraphs = try BookText("NOTES.md").prose.matches(of: /\*\*Build it\.\*\*((?s:.+?))\n\n/)
        #expect(paragraphs.count == 5)
        for paragraph in paragraphs {
            for span in paragraph.1.matches(of: /`([^`]+)`/) {
                let name = span.1.replacing("Tests/Exercises/run ", with: "")
                if name.contains(/[A-Z_]/) || name.hasPrefix("lab ") { continue }
                #expect(Repository.has("Tests/Exercises/\(name)/README.md"), "NOTES.md names \(name)")
            }
        }
    }

    @Test(arguments: BookText.paths) func everyLinkLeadsSomewhere(_ path: String) throws {
        let folder = path.contains("/") ? path.prefix { $0 != "/" } + "/" : ""
        for (file, anchor) in try BookText(path).links {
            let target = file.isEmpty ? path : (folder + file).replacing(/^\w+\/\.\.\//, with: "")
            #expect(Repository.has(target), "\(path) links to \(file)")
            if !anchor.isEmpty { _ = try BookText(target).section(anchor) }
        }
    }

    /// Lines that follow each other in a text follow each other in the source.
    @Test(arguments: BookText.paths) func shownCodeIsTheSource(_ path: String) throws {
        for (language, code) in try BookText(path).fences where language == "swift" {
            let shown = Self.trimmed(code)
            let isThere = Self.code.contains { $0.contains(shown) }
            #expect(isThere, "\(path) shows what is not there:\n\(code)")
        }
    }

    private static let code = Repository.sources.filter { !$0.key.hasPrefix("Tests/") && !$0.key.hasPrefix("Lab/") }
        .values.map(trimmed)

    private static func trimmed(_ code: String) -> String {
        code.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
            .joined(separator: "\n")
    }

    /// "One number" of a chapter stands, digit by digit, in the section that it links to.
    @Test func everyNumberHasItsSource() throws {
        let notes = try BookText("NOTES.md")
        let paragraphs = notes.text.matches(of: /\*\*One number\.\*\*((?s:.+?))\n\n/)
        #expect(paragraphs.count == 5, "one for each stage")
        for paragraph in paragraphs {
            let links = paragraph.1.matches(of: /\[([^\]]+)\]\(([^#)]+)#([^)]+)\)/)
            #expect(!links.isEmpty, "\(paragraph.0)")
            for link in links {
                let source = try BookText(String(link.2)).section(String(link.3))
                for number in link.1.matches(of: /\d[\d.,]*\d|\d/) {
                    let isThere = source.contains(number.0)
                    #expect(isThere, "\(link.1) is not in \(link.2)#\(link.3)")
                }
            }
        }
    }
}
