// The servers that are measured against each other, each started the same way.

@preconcurrency import Glibc
import LabKit
import Shared

/// A server that can be measured.
enum Contender: Equatable, Sendable, CustomStringConvertible {
    case stage(Stage)
    case redis
    /// Any other server that speaks RESP.
    case peer(Peer)
    /// A plain C program with the calls of a stage, and without a store.
    case baseline(Stage, executable: String)

    var description: String {
        switch self {
        case .stage(let stage): stage.name
        case .redis: "redis-server"
        case .peer(let peer): peer.name
        case .baseline(let stage, _): "plain C as stage \(stage.key)"
        }
    }

    /// Stage 1 serves one connection at a time.
    var isConcurrent: Bool {
        switch self {
        case .stage(.sync), .baseline(.sync, _): false
        default: true
        }
    }

    /// The file that is run; nil when it is not on PATH.
    var executable: String? {
        switch self {
        case .stage(let stage): "\(ServerProcess.buildFolder)/\(stage.name)"
        case .redis: Programs.path(of: "redis-server")
        case .peer(let peer): peer.command[0].contains("/") ? peer.command[0] : Programs.path(of: peer.command[0])
        case .baseline(_, let executable): executable
        }
    }

    /// Starts it, ready for as many connections.
    func start(connections: Int = 1000, cores: Cores = .unpinned) throws -> RunningServer {
        switch self {
        case .stage(let stage):
            let process = try ServerProcess(
                stage, ["--max-connections", "\(connections + 100)"], wrapper: cores.serverWrapper)
            return RunningServer(contender: self, process: process, port: process.port)
        case .redis:
            let (process, port) = try Programs.startRedis(
                ["--maxclients", "\(connections + 100)"], wrapper: cores.serverWrapper)
            return RunningServer(contender: self, process: process, port: port)
        case .peer(let peer):
            let (process, port) = try peer.start(cores)
            return RunningServer(contender: self, process: process, port: port)
        case .baseline(let stage, let executable):
            let process = try ServerProcess(
                command: cores.serverWrapper + [executable, Baseline.mode(of: stage)], wireProtocol: stage.wireProtocol)
            let line = process.waitForLine(timeout: 20) { $0.hasPrefix("listening on ") }
            guard let port = Int(line?.split(separator: ":").last ?? "") else {
                throw LabError("\(self) did not start; it printed: \(process.output)")
            }
            return RunningServer(contender: self, process: process, port: port)
        }
    }
}

/// A contender that is running. It ends with the last reference to it.
final class RunningServer {
    let contender: Contender
    let process: ServerProcess
    let port: Int

    init(contender: Contender, process: ServerProcess, port: Int) {
        (self.contender, self.process, self.port) = (contender, process, port)
    }

    /// Its figures now.
    func facts() throws -> ProcessFacts {
        guard let facts = ProcessFacts(pid: process.pid) else {
            throw LabError("\(contender) has ended; it printed: \(process.output)")
        }
        return facts
    }

    func connect() throws(Reply.Failure) -> Client {
        try Client(port: port, wireProtocol: process.wireProtocol, timeout: 60)
    }

    /// A plan for this server; stage 1 gets the one connection that it can serve.
    func plan(_ command: LoadCommand, connections: Int) -> LoadPlan {
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
struct Cores: Sendable {
    /// What a server's command line starts with.
    let serverWrapper: [String]
    /// For the table: where what ran.
    let description: String

    static let unpinned = Cores(serverWrapper: [], description: "not pinned to cores")

    /// Pins this process, which is the client, and says how to pin servers. Where that cannot be done, says why.
    static func pinned() -> Cores {
        let cores = allowed
        guard cores.count >= 2 else { return because("only one core is allowed here") }
        guard Programs.path(of: "taskset") != nil else { return because("taskset is not on PATH") }
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
