// How soon a server is ready, and how large its program is.

@preconcurrency import Glibc
import LabKit

func measureStart(_ setting: VersusSetting) throws -> VersusReport {
    var times = setting.noRounds
    // A start is short: some more rounds cost nothing.
    for _ in 0..<setting.rounds * 4 {
        for (index, contender) in setting.contenders.enumerated() {
            let watch = Stopwatch()
            let server = try contender.start(cores: setting.cores)
            times[index].append(watch.seconds * 1000)
            server.process.end()
        }
    }
    let sizes = setting.contenders.map { [Double(size(of: $0.executable ?? "")) / 1000] }
    return setting.report(
        "start", "Start", [.init("start to ready line, ms", times), .init("size of the program, kB", sizes)])
}

private func size(of path: String) -> Int {
    var status = stat()
    return stat(path, &status) == 0 ? Int(status.st_size) : 0
}
