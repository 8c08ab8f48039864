// The servers that are measured against each other, each started the same way.

@preconcurrency import Glibc
import Shared

/// A server that can be measured.
public enum Contender: Equatable, Sendable, CustomStringConvertible {
    case stage(Stage)
    case redis
    /// Any other server that speaks RESP.
    case peer(Peer)
    /// A plain C program with the calls of a stage, and without a store.
    case baseline(Stage, executable: String)

    public var description: String {
        switch self {
        case .stage(let stage): stage.name
        case .redis: "redis-server"
        case .peer(let peer): peer.name
        case .baseline(let stage, _): "plain C as stage \(stage.key)"
        }
    }

    /// Stage 1 serves one connection at a time.
    public var isConcurrent: Bool {
        switch self {
        case .stage(.sync), .baseline(.sync, _): false
        default: true
        }
    }

    /// The file that is run; nil when it is not on PATH.
    public var executable: String? {
        switch self {
        case .stage(let stage): "\(ServerProcess.buildFolder)/\(stage.name)"
        case .redis: Self.pathOfRedis
        case .peer(let peer): peer.command[0].contains("/") ? peer.command[0] : Self.findOnPath(peer.command[0])
        case .baseline(_, let executable): executable
        }
    }

    /// Where redis-server is; nil when it is not on PATH.
    public static let pathOfRedis = findOnPath("redis-server")

    /// Where a program is that is started by its name alone.
    public static func findOnPath(_ name: String) -> String? {
        guard let path = getenv("PATH") else { return nil }
        return String(cString: path).split(separator: ":").map { "\($0)/\(name)" }.first { access($0, X_OK) == 0 }
    }

    /// Starts it, ready for as many connections.
    public func start(connections: Int = 1000, cores: Cores = .unpinned) throws -> RunningServer {
        switch self {
        case .stage(let stage):
            let process = try ServerProcess(
                stage, ["--max-connections", "\(connections + 100)"], wrapper: cores.serverWrapper)
            return RunningServer(contender: self, process: process, port: process.port)
        case .redis:
            let (process, port) = try Self.startRedis(["--maxclients", "\(connections + 100)"], cores: cores)
            return RunningServer(contender: self, process: process, port: port)
        case .peer(let peer):
            let (process, port) = try peer.start(cores)
            return RunningServer(contender: self, process: process, port: port)
        case .baseline(let stage, let executable):
            let process = try ServerProcess(
                command: cores.serverWrapper + [executable, Baseline.mode(of: stage)], wireProtocol: stage.wireProtocol)
            let line = process.waitForLine(timeout: 20) { $0.hasPrefix("listening on ") }
            guard let port = Int(line?.split(separator: ":").last ?? "") else {
                throw ServerProcess.StartError(description: "\(self) did not start; it printed: \(process.output)")
            }
            return RunningServer(contender: self, process: process, port: port)
        }
    }

    /// Redis cannot be asked to pick a port: one that is free is looked for, and another if it is taken meanwhile.
    public static func startRedis(
        _ arguments: [String] = [], cores: Cores = .unpinned, timeout: Int = 20
    ) throws -> (process: ServerProcess, port: Int) {
        var output = ""
        for _ in 0..<10 {
            let port = try freePort()
            let command =
                cores.serverWrapper + ["redis-server", "--port", "\(port)", "--bind", "127.0.0.1"]
                + ["--save", "", "--appendonly", "no", "--databases", "1"] + arguments
            let process = try ServerProcess(command: command, wireProtocol: .resp2)
            if process.waitForLine(timeout: timeout, { $0.contains("Ready to accept connections") }) != nil {
                return (process, port)
            }
            output = process.output
        }
        throw ServerProcess.StartError(description: "redis-server did not start; it printed: \(output)")
    }

    static func freePort() throws(SystemCallError) -> Int {
        try Listener(host: "127.0.0.1", port: 0, isBlocking: true).port
    }
}

/// A contender that is running. It ends with the last reference to it.
public final class RunningServer {
    public let contender: Contender
    public let process: ServerProcess
    public let port: Int

    init(contender: Contender, process: ServerProcess, port: Int) {
        self.contender = contender
        self.process = process
        self.port = port
    }

    /// Its figures now.
    public func facts() throws -> ProcessFacts {
        guard let facts = ProcessFacts(pid: process.pid) else {
            throw ServerProcess.StartError(description: "\(contender) has ended; it printed: \(process.output)")
        }
        return facts
    }

    public func connect() throws(Reply.Failure) -> Client {
        try Client(port: port, wireProtocol: process.wireProtocol, timeout: 60)
    }

    /// A plan for this server; stage 1 gets the one connection that it can serve.
    public func plan(_ command: LoadCommand, connections: Int) -> LoadPlan {
        var plan = LoadPlan(port: port, wireProtocol: process.wireProtocol)
        plan.command = command
        plan.connections = contender.isConcurrent ? connections : 1
        // Longer than any pause of a machine that others use as well.
        plan.patience = 60
        return plan
    }
}

/// One core for the servers and another for the client, so that neither takes time from the other and the scheduler
/// does not move them about. Servers take turns on theirs; those that wait use none of it.
public struct Cores: Sendable {
    /// What a server's command line starts with.
    public let serverWrapper: [String]
    /// For the table: where what ran.
    public let description: String

    public static let unpinned = Cores(serverWrapper: [], description: "not pinned to cores")

    /// Pins this process, which is the client, and says how to pin servers. Where that cannot be done, says why.
    public static func pinned() -> Cores {
        let cores = allowed
        guard cores.count >= 2 else { return because("only one core is allowed here") }
        guard Contender.findOnPath("taskset") != nil else { return because("taskset is not on PATH") }
        let command = ["taskset", "-a", "-c", "-p", "\(cores[1])", "\(getpid())"]
        guard let process = try? ServerProcess(command: command, wireProtocol: .resp2),
            process.wait(within: 20_000) == .exited(0)
        else { return because("taskset failed") }
        return Cores(
            serverWrapper: ["taskset", "-c", "\(cores[0])"],
            description: "servers on core \(cores[0]), client on core \(cores[1])")
    }

    private static func because(_ reason: String) -> Cores {
        Cores(serverWrapper: [], description: "not pinned to cores: \(reason)")
    }

    /// The numbers of the cores that this process may use.
    static var allowed: [Int] {
        let status = ProcessFacts.text("/proc/self/status") ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("Cpus_allowed_list:") }
        return line.map { parse(String($0.dropFirst("Cpus_allowed_list:".count))) } ?? []
    }

    /// The numbers that a list such as `0-2,5` names.
    static func parse(_ list: String) -> [Int] {
        list.filter { $0 != " " && $0 != "\t" }.split(separator: ",").flatMap { part -> [Int] in
            let ends = part.split(separator: "-").compactMap { Int($0) }
            guard let first = ends.first, let last = ends.last, first <= last else { return [] }
            return Array(first...last)
        }
    }
}
