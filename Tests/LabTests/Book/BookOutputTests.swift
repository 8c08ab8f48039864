// What a program prints, as the texts show it, is what it prints. Every line that is shown must come, with other figures:
// numbers of four digits and more, times and sizes are not compared, and notes that stand behind a line are ours.

import Foundation
import LabKit
import Shared
import TestSupport
import Testing

@testable import lab

@Suite("Output in the texts", .enabled(if: TraceRun.obstacle == nil, TraceRun.reason)) struct BookOutputTests {
    /// What NOTES shows under a command.
    private static func shown(_ command: String) throws -> String {
        let blocks = try BookText("NOTES.md").fences.filter { $0.language == "console" }
            .flatMap { "\n\($0.code)".components(separatedBy: "\n$ ") }
        let block = try #require(blocks.first { $0.hasPrefix(command + "\n") }, "NOTES shows no $ \(command)")
        return String(block.dropFirst(command.count + 1))
    }

    /// A text without what differs from run to run. (In a debug build, half of epoll's `u64` is what lay there before.)
    private static func plain(_ text: some StringProtocol) -> String {
        String(text).replacing(/u64=\d+/, with: "u64=#").replacing(#/\d[\d.,]* (µs|ms|MB)/#, with: "#")
            .replacing(#/\d{4,}|\d+\.\d{3}|\d\.\d\d/#, with: "#").split { $0.isWhitespace }.joined(separator: " ")
    }

    private static func missingLines(_ shown: String, in output: String) -> [String] {
        let lines = Set(output.split(separator: "\n").map(plain))
        return shown.split(separator: "\n").map(plain).filter { !$0.hasPrefix("…") && !lines.contains($0) }
    }

    // MARK: The lab

    @Test(arguments: [
        ("lab trace --stage 1", TraceScene.waiting), ("swift run lab trace --scene pipeline", .pipeline),
    ])
    func labTrace(_ command: String, _ scene: TraceScene) throws {
        #expect(try Self.missingLines(Self.shown(command), in: TraceRun.of(scene).output) == [])
    }

    @Test func labPipeline() throws {
        let process = try TourRun.start(["pipeline"])
        #expect(process.wait(within: 120_000) == .exited(0))
        #expect(try Self.missingLines(Self.shown("lab pipeline"), in: process.output) == [])
    }

    // MARK: strace

    private static func calls(_ trace: String) -> [StraceCall] {
        // Into a file strace writes a bare number where it writes [pid N] to a terminal.
        Strace.calls(trace.replacing(/(?m)^(\d+) +/) { "[pid \($0.1)] " }, main: 0)
    }

    /// The calls that are shown and not traced. Behind a result there may be a note, and `…` in the arguments.
    private static func missingCalls(_ shown: String, in trace: String) -> [String] {
        let traced = calls(trace)
        return calls(shown).filter { call in
            let parts = plain(call.arguments).components(separatedBy: "…")
            // A thread's number is any.
            let result = call.name == "clone3" ? nil : call.result.map { plain($0) }
            return !traced.contains {
                let arguments = plain($0.arguments)
                return $0.name == call.name && arguments.hasPrefix(parts[0]) && arguments.hasSuffix(parts.last ?? "")
                    && (result?.hasPrefix($0.result.map { plain($0) } ?? "?") ?? true)
            }
        }.map(\.text)
    }

    /// What the clients of a trace do, and what the trace must tell before they go on.
    private struct Step {
        let client: Int
        let bytes: [UInt8]
        let until: String

        let isLast: Bool

        /// - Parameters:
        ///   - bytes: none to connect only.
        ///   - isLast: it sends nothing more, and leaves when it has the reply.
        init(_ client: Int, _ bytes: some Sequence<UInt8>, isLast: Bool = false, until: String = "") {
            (self.client, self.bytes, self.isLast, self.until) = (client, Array(bytes), isLast, until)
        }
    }

    private static let ping = "\u{c}\0\0\0\u{1}\0\0\0\u{4}\0\0\0PING".utf8
    private static let get = "\u{17}\0\0\0\u{2}\0\0\0\u{3}\0\0\0GET\u{8}\0\0\0greeting".utf8
    private static let respPing = "*1\r\n$4\r\nPING\r\n".utf8
    private static let respGet = "*2\r\n$3\r\nGET\r\n$8\r\ngreeting\r\n".utf8

    private static let sixteen = (1...16).flatMap { _ in respPing }

    private static let scenes: [(stage: Stage, calls: String, steps: [Step])] = [
        (
            .sync, "accept4,read,write,close",
            [
                Step(0, [], until: "SOCK_CLOEXEC) = 4"), Step(1, []), Step(0, ping, isLast: true, until: "close(4)"),
                Step(1, ping),
            ]
        ),
        (
            .threads, "accept4,clone3,read,write,close,exit",
            [
                Step(0, [], until: "read(4,"), Step(1, ping, isLast: true, until: "exit(0)"), Step(0, ping.prefix(4)),
            ]
        ),
        (
            .poll, "accept4,read,write,poll,close",
            [
                Step(0, [], until: "= 4"), Step(1, [], until: "= 5"), Step(0, get.prefix(9), until: "= 9"),
                Step(1, ping, until: "write(5"), Step(0, get.dropFirst(9)),
            ]
        ),
        (
            .epoll, "accept4,read,write,epoll_create1,epoll_ctl,epoll_wait,close",
            [
                Step(0, [], until: "EPOLL_CTL_ADD, 5"), Step(1, [], until: "EPOLL_CTL_ADD, 6"),
                Step(0, respGet.prefix(9), until: "= 9"), Step(1, respPing, until: "write(6"),
                Step(0, respGet.dropFirst(9)),
            ]
        ),
        (.epoll, "read,write,epoll_wait", [Step(0, sixteen)]),
        (.pipelining, "read,write,epoll_wait", [Step(0, sixteen)]),
    ]

    /// Each scene is played in front of the server, until all that NOTES shows has been traced.
    @Test(arguments: scenes.indices) func trace(_ number: Int) throws {
        let scene = Self.scenes[number]
        let folder = try TemporaryFolder()
        let file = folder.file("trace")
        let option = scene.stage == .threads ? "-f -o trace.txt " : ""
        let shown = try Self.shown("strace \(option)-e trace=\(scene.calls) .build/release/\(scene.stage.name)")
        let server = try ServerProcess(
            scene.stage, wrapper: ["strace", "-D", "-f", "-o", file, "-e", "trace=\(scene.calls)"])
        let traced = { ProcessFacts.text(file) ?? "" }
        let skipped = traced().count
        var clients: [Int: SocketClient] = [:]
        for step in scene.steps {
            let client =
                try clients[step.client]
                ?? SocketClient(
                    port: server.port, wireProtocol: scene.stage.wireProtocol, patience: 60)
            clients[step.client] = client
            try client.send(bytes: step.bytes)
            if step.isLast { client.endSending() }
            Clock.wait(within: 20_000, every: 10_000) {
                traced().dropFirst(skipped).contains(step.until) || step.until.isEmpty
            }
        }
        Clock.wait(within: 20_000, every: 10_000) { Self.missingCalls(shown, in: traced()).isEmpty }
        #expect(Self.missingCalls(shown, in: traced()) == [], "\(traced().dropFirst(skipped))")
    }
}
