// The shape of the book: each chapter has its parts, and a word is used after it is explained.

import LabKit
import Testing

@Suite("The book") struct BookShapeTests {
    private static let chapters = [
        "stage-1-one-client-at-a-time", "stage-2-a-thread-for-each-client", "stage-3-one-thread-and-poll",
        "stage-4-epoll-and-rediss-protocol", "stage-5-pipelining",
    ]

    private static let parts = [
        "**The idea.**", "**The problem", "```console", "**Predict.**", "<details>", "**The picture.**", "**Read**",
        "**Watch.**", "**The bytes**", "**How others do it.**", "**One number.**", "**What it cannot do.**",
        "**Break it.**", "**Build it.**",
    ]

    @Test(arguments: chapters) func aChapterHasAllItsParts(_ chapter: String) throws {
        let text = try BookText("NOTES.md").section(chapter)
        for part in Self.parts where !text.contains(part) { Issue.record("\(chapter) has no \(part)") }
        // Its own three predictions come before any variation's.
        let own = text.components(separatedBy: "\n### ")[0]
        #expect(own.ranges(of: "<details>").count == 3)
    }

    @Test(arguments: BookText.paths) func whatIsFoldedIsClosed(_ path: String) throws {
        let text = try BookText(path).text
        #expect(text.ranges(of: "<details>").count == text.ranges(of: "</details>").count)
        #expect(text.ranges(of: "```").count.isMultiple(of: 2))
    }

    /// A diagram is read in a terminal, too.
    @Test(arguments: BookText.paths) func diagramsFitATerminal(_ path: String) throws {
        for line in try BookText(path).text.split(separator: "\n") where line.hasPrefix("    ") || line.contains("──") {
            #expect(line.count <= 120, "\(line)")
        }
    }

    /// Words of the trade, and where NOTES explains each. Left out are those that are also everyday words: turn, interest,
    /// budget, frame, descriptor.
    private static let terms = [
        "framing": "what-the-kernel-does", "backlog": "what-the-kernel-does", "half-close": "what-the-kernel-does",
        "short write": "what-the-kernel-does", "EAGAIN": "what-the-kernel-does", "four-tuple": "what-the-kernel-does",
        "SIGPIPE": "what-the-kernel-does", "lost update": "stage-2-a-thread-for-each-client",
        "data race": "stage-2-a-thread-for-each-client", "high-water mark": "stage-5-pipelining",
        "edge-trigger": "stage-4-epoll-and-rediss-protocol", "level-trigger": "stage-4-epoll-and-rediss-protocol",
        "backpressure": "stage-5-pipelining", "io_uring_enter": "stage-5-pipelining",
    ]

    /// In lower case, and without line breaks between words.
    private static func flat(_ text: String) -> String {
        text.lowercased().split { $0.isWhitespace }.joined(separator: " ")
    }

    @Test(arguments: terms.keys.sorted()) func aWordIsUsedAfterItIsExplained(_ term: String) throws {
        let notes = try BookText("NOTES.md")
        let text = Self.flat(notes.text)
        let section = Self.flat(try notes.section(try #require(Self.terms[term])))
        let start = try #require(text.range(of: section)).lowerBound
        if !section.contains(term.lowercased()) { Issue.record("\(term) is not explained there") }
        // A name in a command is no use of the word.
        let before = text[..<start].replacing(/`[^`]*`/, with: "")
        if before.contains(term.lowercased()) { Issue.record("\(term) is used before it is explained") }
    }

    /// The glossary names, for each word, a section in which it stands.
    @Test func everyWordOfTheGlossaryIsExplained() throws {
        let notes = try BookText("NOTES.md")
        let rows = try notes.section("glossary").split(separator: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
        #expect(rows.count > 15)
        for row in rows {
            let words = try #require(row.firstMatch(of: /^\| ([^|]+) \|/)).1.split(separator: ", ")
            let anchor = try #require(row.firstMatch(of: /\(#([^)]+)\)/)).1
            let section = Self.flat(try notes.section(String(anchor)))
            for word in words {
                // "level-, edge-triggered" and "to block" stand there in other forms.
                let root = word.hasPrefix("to ") ? word.dropFirst(3) : word.hasSuffix("-") ? word.dropLast() : word
                if !section.contains(root.lowercased()) { Issue.record("\(word) is not in #\(anchor)") }
            }
        }
    }

    /// A count of lines is wrong after the next change: the tests hold bounds instead.
    @Test(arguments: BookText.paths) func noTextCountsLinesOfCode(_ path: String) throws {
        let counts = try BookText(path).prose.matches(of: /\d+ (changed )?lines( of code)?\b/).map { String($0.0) }
        #expect(counts == [])
    }

    /// README's picture is drawn by the lab: it has its own colours, for both papers, and every client.
    @Test func thePictureStandsAlone() throws {
        let picture = try #require(Repository.read("Lab/who-waits.svg"))
        #expect(picture.hasPrefix("<svg xmlns=\"http://www.w3.org/2000/svg\""))
        #expect(picture.contains("prefers-color-scheme: dark") && picture.hasSuffix("</svg>\n"))
        for client in ["1\u{A0}Sync", "3\u{A0}Poll", "A sends", "E asks"] { #expect(picture.contains(client)) }
        #expect(try BookText("README.md").text.contains("](Lab/who-waits.svg)"))
    }
}
