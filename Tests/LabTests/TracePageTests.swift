// The page of a trace in a real browser: stepped through with keys, buttons and taps, in two sizes and both schemes.

import Foundation
import LabKit
import TestSupport
import Testing

@testable import lab

@Suite("The page of a trace", .enabled(if: TraceRun.obstacle == nil, TraceRun.reason)) struct TracePageTests {
    private static let browserIsThere = ["chromium", "chromedriver", "python3"].allSatisfy {
        Programs.path(of: $0) != nil
    }

    /// The scene that the script knows.
    private static let page = Result { try TracePageTests.page(of: .waiting) }

    private static func page(of scene: TraceScene) throws -> String {
        let folder = try TemporaryFolder()
        let path = folder.file("trace.html")
        let process = try TourRun.start(["trace", "--scene", scene.rawValue, "--report", path])
        try #require(process.wait(within: 120_000) == .exited(0), "\(process.output)")
        return try String(contentsOfFile: path, encoding: .utf8)
    }

    @Test(arguments: TraceScene.allCases) func itIsSelfContained(_ scene: TraceScene) throws {
        let page = try scene == .waiting ? Self.page.get() : Self.page(of: scene)
        #expect(page.hasPrefix("<!DOCTYPE html>") && page.hasSuffix("</html>\n"))
        for foreign in ["<link", "<img", "@import", "url(", "http://", "https://", "src="] {
            #expect(!page.contains(foreign), "\(foreign)")
        }
        #expect(page.contains("prefers-color-scheme: dark"))
        for stage in Stage.allCases { #expect(page.contains(HTML.escape(stage.title))) }
    }

    @Test(
        .enabled(if: browserIsThere, "needs chromium, chromedriver (Debian: chromium-driver) and python3"))
    func everyCallIsReachedAndExplained() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("page.html")
        try Self.page.get().write(toFile: file, atomically: true, encoding: .utf8)
        let script = "\(Checkout.folder)/Tests/LabTests/trace_page.py"
        let process = try ServerProcess(command: ["python3", script, file])
        try #require(process.wait(within: 300_000) == .exited(0), "\(process.output)")
        let line = try #require(process.output.split(separator: "\n").last { $0.hasPrefix("{") })
        let found = try #require(try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
        #expect(found["problems"] as? [String] == [])
        // Of five stages; the page shows at least accept, read and write of two clients.
        #expect(try found.number("steps") >= 5 * 10)
    }
}
