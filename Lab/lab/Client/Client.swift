// lab client: talks to a server. One command from the command line, or one a line from standard input.

@preconcurrency import Glibc
import LabKit
import Shared

private let options = CommandOptions(
    command: "lab client",
    summary: """
        Sends a command and prints the reply; without one, reads commands from standard input, one a line. \
        On a terminal, replies look as in redis-cli; elsewhere they are printed as they are. HELP lists the commands.
        """,
    options: [
        .init("--stage", "N", "speak the protocol of this stage (5)"),
        .init("--port", "PORT", "of the server (7379)"),
        .init("--host", "ADDRESS", "of the server (127.0.0.1)"),
        .init("--protocol", "NAME", "binary or resp, where it is not a stage"),
    ], words: "[word ...]")

func runClient(_ arguments: [String]) throws {
    let values = try options.values(arguments)
    let stage = try values.stages("--stage")?.first
    var wireProtocol = stage?.wireProtocol ?? .resp2
    if let name = values.text("--protocol") { wireProtocol = try WireProtocol(option: name) }
    var conversation = Conversation(
        host: values.text("--host") ?? "127.0.0.1", port: try values.number("--port", in: 1...65535) ?? 7379,
        wireProtocol: wireProtocol, stage: stage ?? (wireProtocol == .lengthPrefixed ? .sync : .pipelining))
    guard values.words.isEmpty else {
        let words = values.words.map { Array($0.utf8) }
        let reply = try conversation.call(words)
        conversation.show(reply, to: words)
        if case .error = reply { exit(1) }
        return
    }
    conversation.run()
}

extension WireProtocol {
    /// As given for `--protocol`.
    init(option name: String) throws(LabError) {
        switch name {
        case "binary": self = .lengthPrefixed
        case "resp": self = .resp2
        default: throw LabError("--protocol takes binary or resp, not '\(name)'")
        }
    }
}

/// A connection, made again when it is needed and was lost.
private struct Conversation: ~Copyable {
    let host: String
    let port: Int
    let wireProtocol: WireProtocol
    let stage: Stage
    var client: Client?
    var descriptor: CInt = -1
    /// A server that has replied speaks the protocol.
    var hasReplied = false
    private let isTerminal = isatty(STDOUT_FILENO) == 1

    /// Reads commands and prints replies, until the input ends.
    mutating func run() {
        let hasPrompt = isatty(STDIN_FILENO) == 1
        while true {
            if hasPrompt { write("\(host):\(port)> ".bytes) }
            guard let line = readLine() else { break }
            guard let words = RESPCodec.words(line.bytes) else {
                write("Invalid argument(s)\n".bytes)
                continue
            }
            let name = words.first.map { String(decoding: $0, as: UTF8.self).lowercased() }
            guard let name else { continue }
            if name == "exit" || name == "quit" { return }
            do throws(LabError) {
                show(try call(words), to: words)
            } catch {
                write("Error: \(error)\n".bytes)
            }
        }
        if hasPrompt { write("\n".bytes) }
    }

    mutating func call(_ words: [[UInt8]]) throws(LabError) -> Reply {
        do throws(Reply.Failure) {
            if client == nil {
                let client = try Client(
                    host: host, port: port, wireProtocol: wireProtocol, timeout: isTerminal ? 0 : 10)
                descriptor = client.descriptor.rawValue
                self.client = consume client
                hasReplied = false
            }
            try client!.send(CommandHelp.isAsked(by: words) ? CommandHelp.request : words)
            explainWait()
            let reply = try client!.receive()
            hasReplied = true
            return reply
        } catch {
            client = nil
            throw LabError(explain(error))
        }
    }

    /// A person may wait as long as they like (in stage 1, the wait is the lesson), and is told what for.
    private func explainWait() {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&entry, 1, Self.silence) == 0 else { return }
        let lines = Terminal.wrap("(no reply yet: \(reasonToWait))", width: Terminal().textWidth)
        fputs(lines.joined(separator: "\n") + "\n", stderr)
    }

    /// Milliseconds.
    private static let silence: CInt = 2000
    private static let otherProtocol = "does it speak this protocol? See --protocol"

    private var reasonToWait: String {
        "the server is busy with another client" + (hasReplied ? "" : "; or \(Self.otherProtocol)")
    }

    private var advice: String {
        if let obstacle = stage.obstacle { return "\(stage) cannot be started: \(obstacle)" }
        return "To start one: swift run \(stage.name) --port \(port)"
    }

    private func explain(_ failure: Reply.Failure) -> String {
        switch failure {
        case .closed: "the server closed the connection" + (hasReplied ? "" : "; \(Self.otherProtocol)")
        case .timedOut: "no reply within 10 seconds: \(reasonToWait)"
        case .malformed: "this is no reply; \(Self.otherProtocol)"
        case .system(let reason): "\(reason) \(advice)"
        }
    }

    func show(_ reply: Reply, to words: [[UInt8]]) {
        if CommandHelp.isAsked(by: words), let names = CommandHelp.names(in: reply) {
            Terminal().paragraph(names.joined(separator: " "))
        } else if isTerminal {
            write(ReplyFormat.forTerminal(reply, to: words))
        } else {
            write(ReplyFormat.raw(reply) + "\n".bytes)
        }
    }

    private func write(_ bytes: [UInt8]) {
        _ = bytes.withUnsafeBytes { fwrite($0.baseAddress, 1, $0.count, stdout) }
        fflush(stdout)
    }
}
