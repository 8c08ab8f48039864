// The system calls that a server makes for some requests, counted with strace.

@preconcurrency import Glibc
import Shared

enum CallTrace {
    /// What a client echoes before and after the requests that count: the server reads it, and so it is in the trace.
    private static let (begin, end) = ("begin-to-count", "end-of-counting")

    /// What a server may call to wait, to read and to write. (Not every machine has every name: hence the `?`.)
    private static let names = (waits + lists + reads + writes).map { "?\($0)" }.joined(separator: ",")
    private static let waits = ["epoll_wait", "epoll_pwait", "epoll_pwait2", "epoll_ctl"]
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
    /// `body` marks, by calling what it is given and by returning.
    ///
    /// - Parameter body: returns the clients that must not leave before the count is over.
    static func count(
        _ target: CheckTarget,
        _ body: (CheckedServer, SocketClient, _ counted: () throws -> Void) throws -> [SocketClient]
    ) throws -> Counts {
        let file = try temporaryFile()
        defer { close(file) }
        let path = "/proc/\(getpid())/fd/\(file)"
        // A second -D puts strace into a group of its own, out of reach of the signals for the server.
        let wrapper = Strace.command(calls: names, length: 64) + ["-D", "-o", path]
        try target.withServer(wrapper: wrapper) { server in
            let client = try server.newClient()
            try server.check(client, "PING", .pong)
            let others = try body(server, client) { try server.check(client, "ECHO \(begin)", .string(begin)) }
            try server.check(client, "ECHO \(end)", .string(end))
            withExtendedLifetime(others) {}
            // Written by another process, in its own time.
            server.settle()
        }
        let calls = untilComplete(path)
        guard let first = calls.firstIndex(where: { $0.arguments.contains(begin) }),
            let last = calls.firstIndex(where: { $0.arguments.contains(end) }), first < last
        else {
            throw NotChecked(description: "strace does not show what it reads; perhaps it uses io_uring")
        }
        return counts(calls[first + 1..<last])
    }

    /// What strace has written, when all of it is there.
    private static func untilComplete(_ path: String) -> [StraceCall] {
        var text = ""
        Clock.wait(within: 5000) {
            text = ProcessFacts.text(path) ?? ""
            return text.contains(end)
        }
        // In a file each line starts with the thread's number, which stands in brackets elsewhere.
        let lines = text.split(separator: "\n").map { line in
            let number = line.prefix { $0.isNumber }
            return "[pid \(number)] " + line.dropFirst(number.count).drop { $0 == " " }
        }
        return Strace.calls(lines.joined(separator: "\n"), main: 0)
    }

    private static func counts(_ calls: ArraySlice<StraceCall>) -> Counts {
        var result = Counts(calls: calls.count)
        for call in calls {
            if writes.contains(call.name) { result.writes += 1 }
            if lists.contains(call.name) { result.entries += listLength(call) }
        }
        return result
    }

    /// `poll([{fd=3, events=POLLIN}, ...], 152, -1)` hands over 152; `select(152, [3 4 …], …)` as many at most.
    private static func listLength(_ call: StraceCall) -> Int {
        let isPoll = call.name.hasSuffix("poll")
        let rest = isPoll ? call.arguments.split(separator: "], ").dropFirst().first ?? "" : call.arguments[...]
        return Int(rest.prefix { $0.isNumber }) ?? 0
    }

    /// Open, and without a name already: it goes when this process ends, however that comes about.
    private static func temporaryFile() throws -> CInt {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var path = Array("\(folder)/lab-check-XXXXXX".utf8CString)
        let number = mkstemp(&path)
        guard number >= 0 else {
            throw NotChecked(description: "no temporary file in \(folder): \(String(cString: strerror(errno)))")
        }
        _ = fcntl(number, F_SETFD, FD_CLOEXEC)
        unlink(path)
        return number
    }
}
