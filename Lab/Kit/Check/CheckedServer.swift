// A server that is being checked, seen from outside: its sockets, and what /proc tells about its processes.

@preconcurrency import Glibc
import Shared

/// A running server, for one clause.
public final class CheckedServer {
    public let process: ServerProcess
    public let port: Int
    public let wireProtocol: WireProtocol
    /// How long a reply may take, in seconds.
    public let patience: Int
    /// Threads that its runtime may start beside those that serve: Go's and the JVM's start some when they please.
    let spareThreads: Int
    /// Sends bytes, and returns when the server has read so many.
    private let untilRead: ((Int, () throws -> Void) throws -> Void)?
    private let deadline: Int64

    /// Seconds for one clause, whatever it waits for: the longest takes two on an idle machine, more under strace.
    static let timeLimit = 120

    public init(
        _ process: ServerProcess, port: Int, wireProtocol: WireProtocol, patience: Int, spareThreads: Int = 0,
        untilRead: ((Int, () throws -> Void) throws -> Void)? = nil
    ) {
        (self.process, self.port, self.wireProtocol, self.patience) = (process, port, wireProtocol, patience)
        (self.spareThreads, self.untilRead) = (spareThreads, untilRead)
        deadline = Clock.monotonic + Int64(Self.timeLimit) * 1000
    }

    // MARK: Clients

    public func newClient() throws -> SocketClient {
        try checkTime("a new connection", "that it is made")
        do throws(Reply.Failure) {
            return try SocketClient(port: port, wireProtocol: wireProtocol, patience: patience)
        } catch {
            throw ClauseFailure(sent: "a new connection", expected: "that it is made", got: words(error))
        }
    }

    /// Sends a request, and checks its reply.
    func check(_ client: SocketClient, _ request: String, _ expected: Reply) throws {
        try check(client, request.words, expected)
    }

    func check(_ client: SocketClient, _ arguments: [[UInt8]], _ expected: Reply) throws {
        let sent = Self.words(of: arguments)
        try send(client, sent) { try client.send(arguments) }
        try checkNext(client, expected, after: sent)
    }

    /// Checks the next replies.
    func checkNext(_ client: SocketClient, _ replies: Reply..., after sent: String) throws {
        for expected in replies {
            let reply = try next(client, expected.summary, after: sent)
            if reply.says(expected) { continue }
            throw ClauseFailure(sent: sent, expected: expected.summary, got: reply.summary)
        }
    }

    /// The next reply, when one is expected.
    func next(_ client: SocketClient, _ expected: String, after sent: String) throws -> Reply {
        try checkTime(sent, expected)
        do {
            return try client.receive()
        } catch {
            throw ClauseFailure(sent: sent, expected: expected, got: words(error))
        }
    }

    private func checkTime(_ sent: String, _ expected: String) throws {
        if Clock.monotonic < deadline { return }
        let got = "it answers, but so slowly that the \(Self.timeLimit) seconds of a clause are over"
        throw ClauseFailure(sent: sent, expected: expected, got: got)
    }

    /// Checks that the server closes the connection, and sends nothing before that.
    func checkEnd(_ client: SocketClient, after sent: String) throws {
        let rest: [UInt8]
        do {
            rest = try client.receiveAll()
        } catch Reply.Failure.timedOut {
            throw ClauseFailure(
                sent: sent, expected: "the end of the connection",
                got: "the server did not close the connection in \(time)")
        }
        if rest.isEmpty { return }
        throw ClauseFailure(sent: sent, expected: "the end of the connection", got: "\(rest.quoted), and then the end")
    }

    /// Checks that it serves a new client.
    func checkService(after event: String) throws {
        do {
            try check(try newClient(), "PING", .pong)
        } catch let failure as ClauseFailure {
            throw ClauseFailure(sent: "PING, after \(event)", expected: failure.expected, got: failure.got)
        }
    }

    /// Sends, which a server that reads nothing makes fail as well.
    func send(_ client: SocketClient, _ sent: String, _ body: () throws -> Void) throws {
        do {
            try body()
        } catch {
            throw ClauseFailure(sent: sent, expected: "that the server reads it", got: words(error))
        }
    }

    /// Sends a piece of a request, and waits until the server has read it and sleeps again: with a plain `send`, several
    /// pieces may be read together.
    func deliver(_ piece: some Collection<UInt8>, by client: SocketClient) throws {
        if let untilRead { return try untilRead(piece.count) { try client.send(bytes: piece) } }
        try send(client, "\(piece.count) bytes of a request") { try client.send(bytes: piece) }
        settle()
    }

    var time: String { patience == 1 ? "a second" : "\(patience) seconds" }

    private func words(_ error: any Error) -> String {
        switch error as? Reply.Failure {
        case .timedOut: "nothing came in \(time)"
        case .closed: "the server closed the connection"
        case .malformed: "bytes that are no reply in this protocol (see --protocol)"
        case .system(let reason): reason
        case nil: "\(error)"
        }
    }

    /// A request as a person would type it.
    static func words(of arguments: [[UInt8]]) -> String {
        arguments.enumerated().map { index, argument in
            if argument.count > 60 { return "(\(Format.count(argument.count)) bytes)" }
            let isPlain = !argument.isEmpty && argument.allSatisfy { (33...126).contains($0) }
            return isPlain ? String(decoding: argument, as: UTF8.self) : argument.quoted
        }.joined(separator: " ")
    }

    // MARK: Its processes

    private var pids: [pid_t] { process.members }

    var threads: Int { pids.reduce(0) { $0 + ProcessFacts.threads(pid: $1).count } }
    /// In microseconds.
    var cpuTime: Int { pids.reduce(0) { $0 + (ProcessFacts(pid: $1)?.cpuTime ?? 0) } }
    var descriptors: Int { pids.reduce(0) { $0 + ProcessFacts.descriptorCount(pid: $1) } }

    /// As they were at first: to look for them takes longer than to look at them.
    private lazy var firstPids = pids

    private func isAll(_ state: Character) -> Bool {
        firstPids.allSatisfy { ProcessFacts.isEveryThread(of: $0, in: state) }
    }

    /// Waits until it sleeps, and so has done what it can do with what it has read; not for long, as some runtimes
    /// hardly ever sleep.
    func settle() { _ = waitBriefly { isAll("S") } }

    /// Stops it, so that several things can happen to it at once; `resume` lets it see them.
    func pause() throws {
        process.signal(SIGSTOP)
        if waitBriefly({ isAll("T") }) { return }
        resume()
        throw NotChecked(description: "it cannot be stopped with SIGSTOP")
    }

    func resume() { process.signal(SIGCONT) }

    /// Waits for what must happen, as long as for a reply.
    func until(_ expected: String, after sent: String, got: () -> String, holds condition: () -> Bool) throws {
        if !Clock.wait(within: Int64(patience) * 1000, until: condition) {
            throw ClauseFailure(sent: sent, expected: expected, got: got())
        }
    }

    /// Waits for what may not happen: a tenth of the time that a reply may take, and at most two seconds.
    ///
    /// - Returns: whether it has happened.
    func waitBriefly(_ condition: () throws -> Bool) rethrows -> Bool {
        try Clock.wait(within: min(Int64(patience) * 100, 2000), until: condition)
    }
}
