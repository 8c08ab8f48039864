// The system calls that a server makes for some requests, counted with strace.

@preconcurrency import Glibc
import Shared

enum CallTrace {
    /// Why there is no strace here; nil where there is.
    static let obstacle: String? = {
        let command = ["strace", "-DD", "-o", "/dev/null", "true"]
        guard let process = try? ServerProcess(command: command, wireProtocol: .resp2) else {
            return "it needs strace (a package of the same name)"
        }
        if process.wait(within: 10_000) == .exited(0) { return nil }
        return "it needs the permission to use strace: \(process.output.split(separator: "\n").first ?? "it fails")"
    }()

    /// What a client echoes before and after the requests that count: the server reads it, and so it is in the trace.
    private static let (begin, end) = ("begin-to-count", "end-of-counting")

    /// What a server may call to wait, to read and to write. (Not every machine has every name: hence the `?`.)
    private static let calls =
        "trace=" + (waits + lists + reads + writes + ["epoll_ctl"]).map { "?\($0)" }.joined(separator: ",")
    private static let waits = ["epoll_wait", "epoll_pwait", "epoll_pwait2"]
    private static let lists = ["poll", "ppoll", "select", "pselect6"]
    private static let reads = ["read", "readv", "recv", "recvfrom", "recvmsg", "recvmmsg"]
    private static let writes = ["write", "writev", "send", "sendto", "sendmsg", "sendmmsg"]

    /// What a stretch of a trace holds.
    struct Counts {
        var calls = 0
        var writes = 0
        /// How many descriptors were handed over in lists, by `poll` and `select`.
        var entries = 0
    }

    /// Starts a server under strace, runs `body`, and counts the calls that it makes between the two moments that
    /// `body` marks by calling what it is given.
    static func count(
        _ target: CheckTarget, _ body: (CheckedServer, SocketClient, _ counted: () throws -> Void) throws -> Void
    ) throws -> Counts {
        let path = try temporaryFile()
        defer { unlink(path) }
        // -DD: the server is our child, and strace in a group of its own, out of reach of the signals for the server.
        let wrapper = ["strace", "-DD", "-f", "-qq", "-s", "64", "-e", "signal=none", "-e", calls, "-o", path]
        try target.withServer(wrapper: wrapper) { server in
            let client = try server.newClient()
            try server.check(client, "PING", .pong)
            try body(server, client) { try server.check(client, "ECHO \(begin)", .string(begin)) }
            try server.check(client, "ECHO \(end)", .string(end))
            // Written by another process, in its own time.
            server.settle()
        }
        let lines = try untilComplete(path)
        guard let first = lines.firstIndex(where: { $0.contains(begin) }),
            let last = lines.firstIndex(where: { $0.contains(end) })
        else {
            throw NotChecked(description: "strace does not show what it reads; perhaps it uses io_uring")
        }
        return counts(lines[first + 1..<max(last, first + 1)])
    }

    private static func untilComplete(_ path: String) throws -> [Substring] {
        let deadline = Clock.monotonic + 5000
        while true {
            let text = ProcessFacts.text(path) ?? ""
            if text.contains(end) || Clock.monotonic > deadline { return text.split(separator: "\n") }
            usleep(10_000)
        }
    }

    /// Of a call that another thread interrupts, only the first of two lines counts: `17 poll([…], 3, -1 <unfinished`.
    private static func counts(_ lines: ArraySlice<Substring>) -> Counts {
        var result = Counts()
        for line in lines {
            let text = line.drop { $0.isNumber }.drop { $0 == " " }
            guard let bracket = text.firstIndex(of: "("), !text.hasPrefix("<") else { continue }
            let name = String(text[..<bracket])
            result.calls += 1
            if writes.contains(name) { result.writes += 1 }
            if lists.contains(name) { result.entries += listLength(name, text[text.index(after: bracket)...]) }
        }
        return result
    }

    /// `poll([{fd=3, events=POLLIN}, ...], 152, -1)` hands over 152; `select(152, [3 4 …], …)` as many at most.
    private static func listLength(_ name: String, _ arguments: Substring) -> Int {
        let isPoll = name.hasSuffix("poll")
        let rest = isPoll ? arguments.split(separator: "], ").dropFirst().first ?? "" : arguments
        return Int(rest.prefix { $0.isNumber }) ?? 0
    }

    private static func temporaryFile() throws -> String {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var path = Array("\(folder)/lab-check-XXXXXX".utf8CString)
        let number = mkstemp(&path)
        guard number >= 0 else {
            throw NotChecked(description: "no temporary file in \(folder): \(String(cString: strerror(errno)))")
        }
        close(number)
        return String(decoding: path.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
