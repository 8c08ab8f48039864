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
    func start(connections: Int = 1000, cores: Affinity = .unpinned) throws -> RunningServer {
        let process: ServerProcess
        var port: Int
        switch self {
        case .stage(let stage):
            process = try ServerProcess(
                stage, ["--max-connections", "\(connections + 100)"], wrapper: cores.serverWrapper)
            port = process.port
        case .redis:
            (process, port) = try Programs.startRedis(
                ["--maxclients", "\(connections + 100)"], wrapper: cores.serverWrapper)
        case .peer(let peer):
            (process, port) = try ForeignServer(peer.command, .resp2, patience: 5).start(cores.serverWrapper)
        case .baseline(let stage, let executable):
            process = try ServerProcess(
                command: cores.serverWrapper + [executable, Baseline.mode(of: stage)], wireProtocol: stage.wireProtocol)
            let line = process.waitForLine(timeout: 20) { $0.hasPrefix("listening on ") }
            port = line?.split(separator: ":").last.flatMap { Int($0) } ?? 0
            if port == 0 { throw LabError("\(self) did not start; it printed: \(process.output)") }
        }
        return RunningServer(contender: self, process: process, port: port)
    }
}

/// A contender that is running. It ends with the last reference to its process.
struct RunningServer {
    let contender: Contender
    let process: ServerProcess
    let port: Int

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
    func plan(
        _ command: LoadCommand, connections: Int = 1, pipeline: Int = 1, limit: LoadPlan.Limit = .seconds(1),
        keys: Range<Int> = 0..<1, valueSize: Int = 3
    ) -> LoadPlan {
        // The patience is longer than any pause of a machine that others use as well.
        LoadPlan(
            port: port, wireProtocol: process.wireProtocol, command: command,
            connections: contender.isConcurrent ? connections : 1, pipeline: pipeline, limit: limit, keys: keys,
            valueSize: valueSize, patience: 60)
    }

    /// Runs a plan on a store that is filled already.
    ///
    /// - Returns: what came of it, and the server's CPU time in microseconds.
    func measure(_ plan: LoadPlan) throws -> (LoadResult, cpuTime: Double) {
        var times: [Int] = []
        // Counters go on from where they are; the keys of GET do not change.
        let result = try Load.run(plan, isPrepared: plan.command != .incr) {
            if let now = ProcessFacts(pid: process.pid) { times.append(now.cpuTime) }
        }
        guard times.count == 2, result.requests > 0 else {
            throw LoadError.system("\(contender) stopped answering, or has ended")
        }
        return (result, Double(times[1] - times[0]))
    }
}

/// A server as the command line names it.
struct Peer: Equatable {
    let name: String
    /// Its words; `{port}` in them stands for the port that it is to listen on.
    let command: [String]

    /// As given for `--peer`.
    init(option text: String) throws(LabError) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let words = RESPCodec.words(parts[1].bytes), !words.isEmpty, text.contains("{port}")
        else {
            throw LabError("--peer takes NAME='COMMAND with {port}', not '\(text)'")
        }
        name = parts[0]
        command = words.map { String(decoding: $0, as: UTF8.self) }
    }
}
