// A socket without a network.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

@Suite("Unix socket", .serialized) struct UnixSocket {
    private let stage = Stage.sync
    private let path = "/tmp/exercise-\(getpid()).sock"

    /// A server that is to listen at a path.
    private func process(at path: String) throws -> ServerProcess {
        TestProcess.prepare()
        let command = ["\(ServerProcess.buildFolder)/\(stage.name)", "--host", path]
        return try ServerProcess(command: command, wireProtocol: stage.wireProtocol)
    }

    private func hasStarted(_ server: ServerProcess) -> Bool {
        server.waitForLine(timeout: Patience.seconds, { $0.contains("listening on") }) != nil
    }

    /// Starts the server at `path`; nil when it does not start, and then says so.
    private func start(_ occasion: String = "") throws -> ServerProcess? {
        let server = try process(at: path)
        if hasStarted(server) { return server }
        let words = server.output.split(separator: "\n").last ?? "it says nothing"
        check(false, "The server does not start\(occasion): \(words)")
        return nil
    }

    private func connect() -> CInt {
        let number = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.utf8) }
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                Glibc.connect(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        if status == 0 { return number }
        close(number)
        return -1
    }

    /// Sends PING, and says whether PONG came.
    private func ping(_ number: CInt) -> Bool {
        let request = stage.encode("PING")
        var reply = [UInt8](repeating: 0, count: 13)
        guard send(number, request, request.count, CInt(MSG_NOSIGNAL)) == request.count else { return false }
        return recv(number, &reply, reply.count, CInt(MSG_WAITALL)) == 13 && reply.suffix(4) == "PONG".bytes[...]
    }

    /// How long a PING takes, in microseconds, on each of two sockets: the best of fifty rounds, as what disturbs one only
    /// makes it longer. In turns, so that both have the same neighbours.
    private func time(_ numbers: [CInt]) -> [String] {
        var best = numbers.map { _ in Int64.max }
        for _ in 0..<50 {
            for (index, number) in numbers.enumerated() {
                let start = Clock.monotonicNanoseconds
                for _ in 0..<200 { _ = ping(number) }
                best[index] = min(best[index], Clock.monotonicNanoseconds - start)
            }
        }
        return best.map { rounded(Double($0) / 200_000) }
    }

    /// The port, as INFO tells it.
    private func port(_ number: CInt) -> String {
        let request = stage.encode("INFO server")
        var bytes = [UInt8](repeating: 0, count: 4096)
        guard send(number, request, request.count, CInt(MSG_NOSIGNAL)) == request.count else { return "" }
        let count = recv(number, &bytes, bytes.count, 0)
        let line = String(decoding: bytes.prefix(max(0, count)), as: UTF8.self).split(separator: "\r\n")
            .first { $0.hasPrefix("tcp_port:") }
        return line.map { String($0.dropFirst(9)) } ?? ""
    }

    @Test func itServesAtAPath() throws {
        unlink(path)
        guard let server = try start() else { return }
        let number = connect()
        try #require(number >= 0, "nobody can connect to the path")
        check(ping(number), "A client connected to the path, sent PING, and got no PONG.")
        let port = port(number)
        check(port == "0", "INFO says that the port is \(port). At a path there is none, which is 0.")
        try withServer(stage) { server in
            let client = try server.newClient()
            let times = time([number, client.descriptor])
            tell("PING and PONG: \(times[0]) µs at the path, \(times[1]) µs by TCP (debug build)")
        }
        close(number)
        check(server.endPatiently() == .exited(0), "The server did not exit when it was told to: \(server.output)")
        unlink(path)
    }

    @Test func theNameOfADeadServerIsNotInTheWay() throws {
        unlink(path)
        guard let first = try start() else { return }
        first.signal(SIGKILL)
        _ = first.wait(within: Patience.milliseconds)
        guard let second = try start(" again, after `kill -9`") else { return }
        check(ping(connect()), "After a server was killed, a new one started at its path, but nobody reaches it.")
        _ = second.endPatiently()
        unlink(path)
    }

    @Test func theNameOfALivingServerIsNotStolen() throws {
        unlink(path)
        guard let first = try start() else { return }
        let second = try process(at: path)
        check(
            !hasStarted(second), "A second server took the path of one that is running. Its clients end up elsewhere.")
        check(ping(connect()), "The first server cannot be reached any more.")
        _ = second.endPatiently()
        _ = first.endPatiently()
        unlink(path)
    }

    @Test func aFileThatIsNoSocketStays() throws {
        unlink(path)
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        let status = try process(at: path).wait(within: Patience.milliseconds)
        check(status == .exited(1), "At the path of an ordinary file, the server should end with an error.")
        var facts = stat()
        let isFile = lstat(path, &facts) == 0 && facts.st_mode & S_IFMT == S_IFREG
        check(isFile, "The server deleted an ordinary file, because it stood at its path.")
        unlink(path)
    }

    @Test func aPathThatDoesNotFitIsAnError() throws {
        let long = "/tmp/" + String(repeating: "x", count: 120)
        let status = try process(at: long).wait(within: Patience.milliseconds)
        let fate =
            switch status {
            case .exited(let code): "It ended with status \(code)."
            case .signalled: "It crashed."
            case nil: "It is running, at another path."
            }
        check(
            status == .exited(1), "A path of 125 bytes does not fit, and the server should end with an error. \(fate)")
        for count in 107...108 { unlink(String(long.prefix(count))) }
    }
}
