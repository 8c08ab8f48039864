// A socket without a network.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

@Suite("Unix socket", .serialized) struct UnixSocket {
    private let stage = Stage.sync
    private let path = "/tmp/exercise-\(getpid()).sock"

    /// Starts the server at `path`; nil when it does not start, and then says so.
    private func start(at path: String? = nil) throws -> ServerProcess? {
        TestProcess.prepare()
        let command = ["\(ServerProcess.buildFolder)/\(stage.name)", "--host", path ?? self.path]
        let server = try ServerProcess(command: command, wireProtocol: stage.wireProtocol)
        if server.waitForLine(timeout: Patience.seconds, { $0.contains("listening on") }) != nil { return server }
        check(false, "The server does not start: \(server.output.split(separator: "\n").last ?? "it says nothing")")
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

    /// How long a PING takes, in microseconds: the best of twenty rounds, as what disturbs one only makes it longer.
    private func time(_ number: CInt) -> String {
        var best = Int64.max
        for _ in 0..<20 {
            let start = Clock.monotonicNanoseconds
            for _ in 0..<200 { _ = ping(number) }
            best = min(best, Clock.monotonicNanoseconds - start)
        }
        return rounded(Double(best) / 200_000)
    }

    @Test func itServesAtAPath() throws {
        unlink(path)
        guard let server = try start() else { return }
        let number = connect()
        try #require(number >= 0, "nobody can connect to the path")
        check(ping(number), "A client connected to the path, sent PING, and got no PONG.")
        let local = time(number)
        close(number)
        check(server.endPatiently() == .exited(0), "The server did not exit when it was told to: \(server.output)")
        try withServer(stage) { server in
            let client = try server.newClient()
            tell("PING and PONG: \(local) µs at the path, \(time(client.descriptor)) µs by TCP (debug build)")
        }
        unlink(path)
    }

    @Test func theNameOfADeadServerIsNotInTheWay() throws {
        unlink(path)
        guard let first = try start() else { return }
        first.signal(SIGKILL)
        _ = first.wait(within: Patience.milliseconds)
        guard let second = try start() else { return }
        check(ping(connect()), "After a server was killed, a new one started at its path, but nobody reaches it.")
        _ = second.endPatiently()
        unlink(path)
    }

    @Test func theNameOfALivingServerIsNotStolen() throws {
        unlink(path)
        guard let first = try start() else { return }
        let command = ["\(ServerProcess.buildFolder)/\(stage.name)", "--host", path]
        let second = try ServerProcess(command: command, wireProtocol: stage.wireProtocol)
        let hasStarted = second.waitForLine(timeout: Patience.seconds) { $0.contains("listening on") } != nil
        check(!hasStarted, "A second server took the path of one that is running. Its clients end up elsewhere.")
        check(ping(connect()), "The first server cannot be reached any more.")
        _ = second.endPatiently()
        _ = first.endPatiently()
        unlink(path)
    }

    @Test func aFileThatIsNoSocketStays() throws {
        unlink(path)
        close(open(path, O_CREAT | O_WRONLY, 0o600))
        let command = ["\(ServerProcess.buildFolder)/\(stage.name)", "--host", path]
        let server = try ServerProcess(command: command, wireProtocol: stage.wireProtocol)
        let status = server.wait(within: Patience.milliseconds)
        check(status == .exited(1), "At the path of an ordinary file, the server should end with an error.")
        check(access(path, F_OK) == 0, "The server deleted an ordinary file, because it stood at its path.")
        unlink(path)
    }
}
