// A server as a child process: started, waited for until it is ready, and always ended and reaped.

import CLinux
import Foundation
import Shared

/// A running server. It is killed and reaped, at the latest when the last reference to it goes away.
public final class ServerProcess {
    public let pid: pid_t
    /// The port it listens on.
    public private(set) var port = 0
    public let wireProtocol: WireProtocol
    /// Which server of the course it is; nil for any other program.
    public private(set) var stage: Stage?
    /// The descriptors a stage has before anybody connects.
    public private(set) var descriptorsWhenReady = 0
    /// What it has printed so far on standard output and standard error together, until `end` or `readOutput`.
    public private(set) var output = ""
    private let pipe: CInt
    /// Whether it has a process group of its own, with all that it starts in turn.
    private var hasGroup: Bool
    private var status: ExitStatus?

    /// How a process ended.
    public enum ExitStatus: Equatable, Sendable {
        case exited(Int32)
        case signalled(Int32)
    }

    /// The folder of the running program: the package's executables are all in one.
    public static let buildFolder =
        URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path

    /// Starts a stage on a free port, and waits until it is ready.
    public convenience init(
        _ stage: Stage, _ arguments: [String] = [], wrapper: [String] = [], timeout: Int = 20
    ) throws(LabError) {
        if let obstacle = stage.obstacle { throw LabError("\(stage) cannot be started: \(obstacle)") }
        let command = wrapper + ["\(Self.buildFolder)/\(stage.name)", "--port", "0"] + arguments
        try self.init(command: command, wireProtocol: stage.wireProtocol)
        let start = "\(stage.name) listening on "
        // Not always at the start of a line: a tracer that prints each call may have begun one. It also prints the start
        // of this text as what is written, but not its end.
        let port = { (line: String) in line.contains(start) ? Int(line.split(separator: ":").last ?? "") : nil }
        guard let port = waitForLine(timeout: timeout, { port($0) != nil }).flatMap(port) else {
            kill()
            throw LabError("\(stage.name) did not start; it printed: \(output)")
        }
        self.port = port
        self.stage = stage
        descriptorsWhenReady = ProcessFacts.descriptorCount(pid: pid)
    }

    /// Starts any program; `command[0]` is looked up on PATH. Its standard input is empty; its standard output and
    /// error are collected.
    ///
    /// - Parameter hasGroup: it gets a process group, so that what it starts is ended with it: a program may be started
    ///   by a shell, or by `go run`.
    public init(command: [String], wireProtocol: WireProtocol = .resp2, hasGroup: Bool = false) throws(LabError) {
        var ends: [CInt] = [0, 0]
        guard pipe2(&ends, O_CLOEXEC) == 0 else { throw LabError("pipe2: no descriptors left") }
        var actions = posix_spawn_file_actions_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 1)
        posix_spawn_file_actions_adddup2(&actions, ends[1], 2)
        var attributes = posix_spawnattr_t()
        posix_spawnattr_init(&attributes)
        Self.resetSignals(&attributes, startsGroup: hasGroup)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
            close(ends[1])
        }
        let arguments = command.map { strdup($0) } + [nil]
        // A Swift program that traps starts a backtracer, which would hold the pipe open for minutes.
        let environment = ["SWIFT_BACKTRACE=enable=no"] + ProcessInfo.processInfo.environment.map { "\($0)=\($1)" }
        let variables = environment.map { strdup($0) } + [nil]
        defer { for pointer in arguments + variables { free(pointer) } }
        var pid: pid_t = 0
        var code: CInt = 0
        Children.start {
            code = posix_spawnp(&pid, command[0], &actions, &attributes, arguments, variables)
            return code == 0 ? pid : nil
        }
        pipe = ends[0]
        self.pid = pid
        // One that was not started has number 0, and that would be our own group.
        self.hasGroup = hasGroup && code == 0
        self.wireProtocol = wireProtocol
        guard code == 0 else {
            status = .exited(127)
            throw LabError("\(command[0]): \(String(cString: strerror(code)))")
        }
    }

    /// The child must not inherit what this process ignores or blocks.
    private static func resetSignals(_ attributes: inout posix_spawnattr_t, startsGroup: Bool) {
        var (blocked, ignored) = (Children.set(of: []), Children.set(of: Children.endSignals + [SIGPIPE]))
        posix_spawnattr_setsigmask(&attributes, &blocked)
        posix_spawnattr_setsigdefault(&attributes, &ignored)
        let flags = POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (startsGroup ? POSIX_SPAWN_SETPGROUP : 0)
        posix_spawnattr_setflags(&attributes, Int16(flags))
    }

    deinit {
        kill()
        endGroup()
        close(pipe)
    }

    /// Connects a client.
    public func connect(timeout: Int = 10) throws(Reply.Failure) -> Client {
        try Client(port: port, wireProtocol: wireProtocol, timeout: timeout)
    }

    public func signal(_ number: CInt) {
        if status == nil { Glibc.kill(hasGroup ? -pid : pid, number) }
    }

    /// The numbers of its processes that are alive.
    public var members: [pid_t] { hasGroup ? ProcessFacts.members(ofGroup: pid) : [pid] }

    /// Asks the process to end, and reaps it.
    ///
    /// - Returns: how it ended; nil when it did not within the time, and was killed.
    @discardableResult
    public func end(with number: CInt = SIGTERM, within milliseconds: Int64 = 5000) -> ExitStatus? {
        signal(number)
        let result = wait(within: milliseconds)
        if result == nil { kill() }
        endGroup()
        return result
    }

    /// Waits until the process ends by itself, and reaps it; nil when it does not within the time.
    public func wait(within milliseconds: Int64) -> ExitStatus? {
        let deadline = Clock.monotonic + milliseconds
        while true {
            readOutput(waiting: 0)
            if let status { return status }
            if let code = Children.reap(pid) {
                // From the macros of sys/wait.h, which Swift does not import.
                let signal = code & 0x7f
                status = signal == 0 ? .exited((code >> 8) & 0xff) : .signalled(signal)
                readOutput(waiting: 0)
                return status
            }
            if Clock.monotonic >= deadline { return nil }
            usleep(1000)
        }
    }

    private func kill() {
        guard status == nil else { return }
        Glibc.kill(pid, SIGKILL)
        _ = wait(within: 10_000)
    }

    /// Ends what it has started and left behind.
    private func endGroup() {
        if hasGroup { Glibc.kill(-pid, SIGKILL) }
        // The number may be another's from now on.
        hasGroup = false
    }

    /// Waits until the output has a line that `matches`.
    public func waitForLine(timeout: Int = 10, _ matches: (String) -> Bool) -> String? {
        let deadline = Clock.monotonic + Int64(timeout) * 1000
        var hasMore = true
        while true {
            let lines = output.split(separator: "\n", omittingEmptySubsequences: false).dropLast()
            if let line = lines.first(where: { matches(String($0)) }) { return String(line) }
            let rest = deadline - Clock.monotonic
            // The last lines may come together with the end: they have been looked at now.
            if rest <= 0 || !hasMore { return nil }
            hasMore = readOutput(waiting: rest)
        }
    }

    /// Reads what has been printed.
    ///
    /// - Returns: false at the end of the output.
    @discardableResult
    public func readOutput(waiting milliseconds: Int64) -> Bool {
        var wait = milliseconds
        while true {
            var entry = pollfd(fd: pipe, events: Int16(POLLIN), revents: 0)
            guard Glibc.poll(&entry, 1, CInt(clamping: wait)) > 0 else { return true }
            var bytes = [UInt8](repeating: 0, count: 4096)
            let count = read(pipe, &bytes, bytes.count)
            guard count > 0 else { return false }
            output += String(decoding: bytes.prefix(count), as: UTF8.self)
            wait = 0
        }
    }
}
