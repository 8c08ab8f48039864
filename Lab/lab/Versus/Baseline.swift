// The plain C programs that stages are held against: compiled when they are needed, with whatever C compiler is there.

@preconcurrency import Glibc
import LabKit

/// Tests/Baselines/fixed-replies.c, which has a mode for each kind of loop.
enum Baseline {
    private static let source = "Tests/Baselines/fixed-replies.c"
    /// The only value that it ever replies.
    static let value = "xxx".bytes

    static func mode(of stage: Stage) -> String {
        switch stage.concurrency {
        case .none: "sync"
        case .threads, .pool: "threads"
        case .loop, .loops: stage == .poll ? "poll" : "epoll"
        }
    }

    /// Compiles the program, beside the stages.
    ///
    /// - Returns: its path.
    static func build() throws(LabError) -> String {
        guard let compiler = Programs.cCompiler else { throw LabError("no C compiler on PATH (cc, gcc or clang)") }
        guard let folder = StageSources.packageFolder(holding: source) else {
            throw LabError("\(source) is not found: run this in the folder of the package")
        }
        let path = "\(ServerProcess.buildFolder)/fixed-replies"
        // Into a file of its own first: another one may be running from that path.
        let new = "\(path).\(getpid())"
        defer { unlink(new) }
        let command = [compiler, "-O2", "-pthread", "-o", new, "\(folder)/\(source)"]
        guard let process = try? ServerProcess(command: command),
            process.wait(within: 60_000) == .exited(0), rename(new, path) == 0
        else { throw LabError("\(compiler) could not compile \(source)") }
        return path
    }
}
