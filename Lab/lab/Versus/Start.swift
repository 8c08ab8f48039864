// How soon a server is ready, and how large its program is.

@preconcurrency import Glibc
import LabKit

func measureStart(_ setting: VersusSetting) throws -> VersusReport {
    // A start is short: some more rounds cost nothing.
    let times = try setting.measure(["start to ready line, ms"], rounds: setting.rounds * 4) { contender in
        let watch = Stopwatch()
        let server = try contender.start(cores: setting.cores)
        defer { server.process.end() }
        return [watch.seconds * 1000]
    }
    let sizes = setting.contenders.map { [Double(size(of: $0.executable ?? "")) / 1000] }
    return setting.report("start", "Start", times + [.init("size of the program, kB", sizes)])
}

private func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
}
