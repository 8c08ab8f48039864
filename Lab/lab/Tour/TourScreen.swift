// What the tour prints: headings, paragraphs, tables, and what is going on just now.

@preconcurrency import Glibc
import LabKit

/// Standard output, and the line of progress at its end where that is a terminal.
final class TourScreen {
    let terminal: Terminal
    private let asksQuestions: Bool
    private var hasProgress = false

    init(asksQuestions: Bool) {
        terminal = Terminal()
        self.asksQuestions = asksQuestions
        // Through a pipe, too, each line arrives when it is printed.
        setvbuf(stdout, nil, CInt(_IOLBF), 0)
    }

    var width: Int { terminal.textWidth }

    func line(_ text: String = "", _ style: Terminal.Style? = nil) {
        clearProgress()
        terminal.line(text, style)
    }

    func paragraph(_ text: String, indent: String = "") {
        clearProgress()
        terminal.paragraph(text, indent: indent)
    }

    /// What the figures above say.
    func finding(_ text: String?) {
        guard let text else { return }
        line()
        paragraph(text)
    }

    func heading(_ text: String) {
        line()
        line(text, .heading)
        line(String(repeating: "─", count: min(width, text.count)), .dim)
    }

    func table(_ table: TextTable) {
        clearProgress()
        terminal.table(table)
    }

    func bars(_ items: [(label: String, value: Double?, figure: String)]) {
        for line in Bar.chart(items, width: width - 2) { self.line("  " + line) }
    }

    // MARK: Progress

    /// Shows what is going on, in place of what was shown before.
    func progress(_ text: String) {
        guard terminal.isInteractive else { return }
        let text = String(text.prefix(max(0, terminal.width - 4)))
        print("\r\u{1B}[K" + terminal.styled("  " + text, .dim), terminator: "")
        fflush(stdout)
        hasProgress = true
    }

    func clearProgress() {
        guard hasProgress else { return }
        print("\r\u{1B}[K", terminator: "")
        hasProgress = false
    }

    /// Draws lines over those that were drawn `count` lines up, or one after the other where that cannot be.
    func redraw(_ lines: [String], over count: Int) {
        guard terminal.isInteractive else {
            for text in lines { line(text) }
            return
        }
        clearProgress()
        if count > 0 { print("\u{1B}[\(count)A", terminator: "") }
        for line in lines { print("\r\u{1B}[K" + line) }
        fflush(stdout)
    }

    // MARK: Questions

    /// Asks the reader for a guess.
    ///
    /// - Returns: the choice, from 0; nil when there was nobody to ask, or no answer.
    func ask(_ guide: Experiment.Guide) -> Int? {
        guard asksQuestions && terminal.canAsk else { return nil }
        line()
        paragraph("Your guess: " + guide.guess)
        for (index, choice) in guide.choices.enumerated() { line("  \(index + 1)  \(choice)") }
        while true {
            print("A number and Enter, or only Enter to go on: ", terminator: "")
            fflush(stdout)
            guard let answer = readLine()?.split(separator: " ").joined(), !answer.isEmpty else { return nil }
            if let number = Int(answer), guide.choices.indices.contains(number - 1) { return number - 1 }
            line("There is no choice \(answer).")
        }
    }

    /// Comes back to the guess when the result is there.
    func resolve(_ guide: Experiment.Guide, guess: Int?) {
        line()
        if let guess {
            if guess == guide.answer {
                line("You guessed that.", .good)
            } else {
                paragraph("You guessed otherwise. The answer: " + guide.choices[guide.answer])
            }
        }
        paragraph(guide.explanation)
    }
}
