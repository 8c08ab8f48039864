// The report in a real browser: every plot has its points, and no text overlaps another or is cut.

import Foundation
import LabKit
import Shared
import TestSupport
import Testing

@testable import lab

@Suite("The report", .serialized) struct ReportTests {
    /// Debian calls it chromium, others otherwise.
    private static let browser = ["chromium", "chromium-browser", "google-chrome"].lazy
        .compactMap(Programs.path(of:)).first

    private static let needsBrowser: Comment = "needs chromium"

    /// The same page in the sizes of a desk and of a pocket, and in both colour schemes.
    @Test(
        .enabled(if: browser != nil, needsBrowser),
        arguments: [(1100, "light"), (1100, "dark"), (400, "light")])
    func nothingOverlapsAndNothingIsCut(_ width: Int, _ scheme: String) throws {
        let run = try TourRun.quick.get()
        let findings = try inspect(run.page, width: width, scheme: scheme)
        #expect(findings["scheme"] as? String == scheme)
        #expect(findings["problems"] as? [String] == [])
        // Five timelines, eight plots of lines, five of bars and ridges, and two at the end.
        #expect(try findings.number("plots") >= 15)
        #expect(try findings.number("points") >= 100)
        #expect(try findings.number("texts") >= 200)
    }

    @Test func thePageIsSelfContained() throws {
        let page = try TourRun.quick.get().page
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
        for foreign in ["<script", "<link", "<img", "@import", "url(", "http://", "https://"] {
            #expect(!page.contains(foreign), "\(foreign)")
        }
        #expect(page.contains("prefers-color-scheme: dark"))
        // The machine, the commands, the code to read, the differences.
        for text in [
            "processors", "swift run -c release lab --quick --experiment waiting", "Stage3-Poll/Poller.swift",
            "Poller.wait", "Guarded by",
        ] {
            #expect(page.contains(text), "\(text)")
        }
        #expect(!page.contains("nan") || !page.contains("\"nan\""))
    }

    // MARK: The browser

    private func inspect(_ page: String, width: Int, scheme: String) throws -> [String: Any] {
        let folder = try TemporaryFolder()
        let file = folder.file("page.html")
        let end = "</body>"
        let parts = page.components(separatedBy: end)
        try #require(parts.count == 2)
        try (parts[0] + "<script>\(Self.inspection)</script>" + end + parts[1])
            .write(toFile: file, atomically: true, encoding: .utf8)
        let browser = try ServerProcess(
            command: [
                try #require(Self.browser), "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
                "--no-first-run", "--user-data-dir=\(folder.path)/profile", "--window-size=\(width),1000",
                "--blink-settings=preferredColorScheme=\(scheme == "dark" ? 0 : 1)", "--dump-dom",
                "file://\(file)",
            ], wireProtocol: .resp2)
        let status = browser.wait(within: 300_000)
        let pieces = browser.output.components(separatedBy: "FINDINGS")
        try #require(pieces.count == 3, "the browser ended with \(String(describing: status))")
        let text = pieces[1].replacingOccurrences(of: "&lt;", with: "<").replacingOccurrences(of: "&gt;", with: ">")
            .replacingOccurrences(of: "&amp;", with: "&")
        return try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    /// Looks at what the browser has laid out, and leaves what it found at the end of the page.
    private static let inspection = """
        for (const details of document.querySelectorAll('details')) details.open = true;
        const problems = [];
        let points = 0, texts = 0;
        const name = (element) => (element.textContent || element.className.baseVal || element.tagName).trim().slice(0, 40);
        const plots = [...document.querySelectorAll('svg.plot')].filter((plot) => plot.getBoundingClientRect().width > 0);
        for (const table of document.querySelectorAll('.table')) {
          table.scrollLeft = 10000;
          const first = table.querySelector('tbody tr').firstElementChild;
          if (first.getBoundingClientRect().left < table.getBoundingClientRect().left - 1)
            problems.push(`the first column of '${name(table)}' is scrolled away`);
        }
        for (const plot of plots) {
          const label = plot.getAttribute('aria-label');
          const frame = plot.getBoundingClientRect();
          const inside = (box) => box.left >= frame.left - 1 && box.right <= frame.right + 1
            && box.top >= frame.top - 1 && box.bottom <= frame.bottom + 1;
          const marks = [...plot.querySelectorAll('.point')];
          const expected = Number(plot.dataset.points);
          if (marks.length !== expected || expected === 0) problems.push(`${label}: ${marks.length} of ${expected} points`);
          for (const mark of marks) {
            const box = mark.getBoundingClientRect();
            if (!(box.width > 0 && box.height > 0 && inside(box))) problems.push(`${label}: a point is not to be seen`);
          }
          points += marks.length;
          const labels = [...plot.querySelectorAll('text')].map((text) => [text, text.getBoundingClientRect()]);
          texts += labels.length;
          // What a browser calls the box of a text is as high as the highest letters of the font: two pixels are air.
          const air = 2 * frame.width / plot.viewBox.baseVal.width;
          for (let i = 0; i < labels.length; i++) {
            const [text, box] = labels[i];
            if (!inside(box)) problems.push(`${label}: '${name(text)}' is cut`);
            for (let k = i + 1; k < labels.length; k++) {
              const [otherText, other] = labels[k];
              const x = Math.min(box.right, other.right) - Math.max(box.left, other.left);
              const y = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
              if (x > air && y > air) problems.push(`${label}: '${name(text)}' overlaps '${name(otherText)}'`);
            }
          }
        }
        for (const cell of document.querySelectorAll('th, td, p, li, h1, h2, h3, summary, figcaption')) {
          texts += 1;
          if (cell.scrollWidth > cell.clientWidth + 1 && getComputedStyle(cell).overflowX !== 'visible')
            problems.push(`'${name(cell)}' is cut`);
          const box = cell.getBoundingClientRect();
          const scroller = cell.closest('.table, .scroll, .hunk');
          if (!scroller && box.right > document.documentElement.clientWidth + 1)
            problems.push(`'${name(cell)}' is wider than the page`);
        }
        if (document.documentElement.scrollWidth > document.documentElement.clientWidth + 1)
          problems.push(`the page is ${document.documentElement.scrollWidth} pixels wide`);
        const scheme = matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
        const result = document.createElement('pre');
        const mark = 'FIND' + 'INGS';
        result.textContent = mark + JSON.stringify({problems, points, texts, plots: plots.length, scheme}) + mark;
        document.body.append(result);
        """
}

extension [String: Any] {
    func number(_ name: String) throws -> Double {
        try #require((self[name] as? NSNumber)?.doubleValue, "no \(name) in \(self)")
    }
}
