// Which core runs what (CPU affinity).

import CLinux
@preconcurrency import Glibc
import LabKit

/// One core for the servers and another for the client, so that neither takes time from the other and the scheduler
/// does not move them about. Servers take turns on theirs; those that wait use none of it.
struct Affinity: Sendable {
    /// What a server's command line starts with.
    let serverWrapper: [String]
    /// For the table: where what ran.
    let description: String

    static let unpinned = Affinity(serverWrapper: [], description: "not pinned to cores")

    /// Pins this process, which is the client, and says how to pin servers. Where that cannot be done, says why.
    static func pinned() -> Affinity {
        let cores = allowed
        guard cores.count >= 2 else { return because("only one core is allowed here") }
        guard Programs.path(of: "taskset") != nil else { return because("taskset is not on PATH") }
        let command = ["taskset", "-a", "-c", "-p", "\(cores[1])", "\(getpid())"]
        guard let process = try? ServerProcess(command: command),
            process.wait(within: 20_000) == .exited(0)
        else { return because("taskset failed") }
        return Affinity(
            serverWrapper: ["taskset", "-c", "\(cores[0])"],
            description: "servers on core \(cores[0]), client on core \(cores[1])")
    }

    private static func because(_ reason: String) -> Affinity {
        Affinity(serverWrapper: [], description: "not pinned to cores: \(reason)")
    }

    /// The numbers of the cores that this process may use.
    private static var allowed: [Int] {
        var set = [UInt8](repeating: 0, count: 1024)
        guard sched_getaffinity(0, UInt(set.count), &set) == 0 else { return [] }
        return (0..<set.count * 8).filter { set[$0 / 8] & (1 << ($0 % 8)) != 0 }
    }
}
