// Programs that are none of ours.

@preconcurrency import Glibc
import Shared

public enum Programs {
    /// Where a program is that is started by its name alone; nil when it is not on PATH.
    public static func path(of name: String) -> String? {
        guard let path = getenv("PATH") else { return nil }
        return String(cString: path).split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    public static let cCompiler = ["cc", "gcc", "clang"].lazy.compactMap(path(of:)).first

    /// Redis cannot be asked to pick a port: one that is free is looked for, and another if it is taken meanwhile.
    public static func startRedis(
        _ arguments: [String] = [], wrapper: [String] = [], timeout: Int = 20
    ) throws -> (process: ServerProcess, port: Int) {
        var output = ""
        for _ in 0..<10 {
            let port = try freePort()
            let command =
                wrapper + ["redis-server", "--port", "\(port)", "--bind", "127.0.0.1"]
                + ["--save", "", "--appendonly", "no", "--databases", "1"] + arguments
            let process = try ServerProcess(command: command)
            if process.waitForLine(timeout: timeout, { $0.contains("Ready to accept connections") }) != nil {
                return (process, port)
            }
            output = process.output
        }
        throw LabError("redis-server did not start; it printed: \(output)")
    }

    /// Not one of those that the kernel gives to clients: a client that tries to connect until somebody
    /// listens may be given the very same port, and is then connected to itself.
    static func freePort() throws -> Int {
        let range = ProcessFacts.text("/proc/sys/net/ipv4/ip_local_port_range") ?? ""
        let first = range.split(whereSeparator: \.isWhitespace).first.flatMap { Int($0) } ?? 32768
        for _ in 0..<100 {
            let port = Int.random(in: 5000..<max(first, 5100))
            if (try? Listener(host: "127.0.0.1", port: port, isBlocking: true)) != nil { return port }
        }
        throw LabError("no free port was found from 5000 to \(first)")
    }
}
