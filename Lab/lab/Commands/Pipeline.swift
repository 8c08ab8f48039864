// lab pipeline: a client that sends everything before it reads anything, as client libraries do with a pipeline. Where the
// server stops taking requests until its replies are read, both wait for each other.

@preconcurrency import Glibc
import LabKit
import Shared

private let options = CommandOptions(
    command: "lab pipeline",
    summary:
        "Sends a long pipeline before it reads the first reply, as client libraries do, and shows which stages can take it.",
    options: [
        .init("--stages", "N,...", "the stages (all five)"),
        .init("--megabytes", "N", "how much is sent; the replies are as long (64)"),
    ])

/// After how many milliseconds in which nothing could be sent the server is looked at: if it sleeps, both wait.
private let patience: CInt = 500
/// Bytes of a value, and of the reply to ECHO with it, which happens to be as long in both protocols.
private let valueSize = 2000
private let replySize = 2009

func runPipeline(_ arguments: [String]) throws {
    let values = try options.values(arguments)
    let stages = try values.stages("--stages") ?? Stage.allCases
    let count = (try values.number("--megabytes", in: 1...1024) ?? 64) << 20 / valueSize
    Children.endOnSignal()
    var table = TextTable(["stage", "sent before it reads", "then", "replies"])
    for stage in stages { table.rows.append(try tryPipeline(stage, count)) }
    Terminal().table(table)
    let meaning =
        "A stage that answers one request before it takes the next stops when nobody reads the reply; the buffers in between "
        + "fill, and a client that reads nothing until all is sent would wait for ever. Stage 5 keeps what is not read yet."
    Terminal().paragraph(meaning)
}

private func tryPipeline(_ stage: Stage, _ count: Int) throws -> [String] {
    let server = try ServerProcess(stage)
    let client = try server.connect(timeout: 0)
    let value = [UInt8](repeating: UInt8(ascii: "v"), count: valueSize)
    let bytes = stage.wireProtocol.encode(["ECHO".bytes, value])
    var transfer = Transfer(
        descriptor: client.descriptor.rawValue, server: server.pid, request: bytes, count: count)
    let isSent = try transfer.run(reads: false)
    let sent = transfer.sent
    // Now it reads, too, and sends what is left.
    guard try transfer.run(reads: true) else { throw LoadError.system("\(stage.name) stopped though it was read") }
    server.end()
    return [
        stage.key, "\(Format.memory(sent)) of \(Format.memory(bytes.count * count))",
        isSent ? "all is sent" : "both wait", isSent ? "all" : "all, once it reads",
    ]
}

/// One connection, on which the same request goes out again and again.
private struct Transfer {
    let descriptor: CInt
    let server: pid_t
    let request: [UInt8]
    let count: Int
    var sent = 0
    var received = 0

    /// Goes on until everything is sent, and with `reads` until all replies are here.
    ///
    /// - Returns: false when nothing can be done, and the server does nothing either.
    mutating func run(reads: Bool) throws -> Bool {
        let total = (sent: request.count * count, received: replySize * count)
        while sent < total.sent || (reads && received < total.received) {
            let events = (sent < total.sent ? POLLOUT : 0) | (reads ? POLLIN : 0)
            var entry = pollfd(fd: descriptor, events: Int16(events), revents: 0)
            if poll(&entry, 1, patience) == 0 && ProcessFacts.isEveryThread(of: server, in: "S") { return false }
            if Int32(entry.revents) & POLLIN != 0 { try receive() }
            if Int32(entry.revents) & POLLOUT != 0 { try send() }
        }
        return true
    }

    private mutating func send() throws {
        let start = sent % request.count
        let count = request.withUnsafeBytes {
            Glibc.send(descriptor, $0.baseAddress! + start, $0.count - start, Int32(MSG_DONTWAIT) | Int32(MSG_NOSIGNAL))
        }
        if count < 0 && errno != EAGAIN { throw LoadError.system("send: \(String(cString: strerror(errno)))") }
        sent += max(0, count)
    }

    /// Throws the replies away: only how much comes is of interest.
    private mutating func receive() throws {
        let count = recv(descriptor, nil, 1 << 20, Int32(MSG_TRUNC) | Int32(MSG_DONTWAIT))
        if count == 0 { throw LoadError.system("the server closed the connection") }
        if count < 0 && errno != EAGAIN { throw LoadError.system("recv: \(String(cString: strerror(errno)))") }
        received += max(0, count)
    }
}
