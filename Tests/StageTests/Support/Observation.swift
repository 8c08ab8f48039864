// A server seen from outside, through /proc.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

extension ServerProcess {
    /// What the system knows about it now.
    var facts: ProcessFacts {
        get throws { try #require(ProcessFacts(pid: pid), "the server has ended; it printed: \(output)") }
    }

    /// The bytes it has read so far, from anything.
    private var bytesRead: Int {
        let lines = (ProcessFacts.text("/proc/\(pid)/io") ?? "").split(separator: "\n")
        return lines.first { $0.hasPrefix("rchar: ") }.flatMap { Int($0.dropFirst(7)) } ?? 0
    }

    /// The same, as a client is told: /proc does not count what the kernel has read by itself.
    private func bytesReadByItsOwnCount() throws -> () throws -> Int {
        let client = try newClient()
        // What asking costs.
        var own = 0
        return {
            own += "*1\r\n$4\r\nINFO\r\n".utf8.count
            return try client.info("total_net_input_bytes") - own
        }
    }

    /// Does something that makes it read `count` bytes, and waits until it has read them. So a test decides in which
    /// pieces a request arrives: with a plain `send` several pieces may be read together.
    func untilRead(
        _ count: Int, sourceLocation: SourceLocation = #_sourceLocation, _ send: () throws -> Void
    ) throws {
        let read = try stage?.isByCompletion == true ? bytesReadByItsOwnCount() : { self.bytesRead }
        let start = try read()
        try send()
        try eventually("the server reads \(count) bytes", sourceLocation: sourceLocation) {
            try read() >= start + count
        }
    }

    /// Waits until it sleeps, and so has done what it can do with what it has read.
    func untilAsleep() throws {
        try eventually("the server sleeps, as there is nothing to do") { ProcessFacts.isEveryThread(of: pid, in: "S") }
    }

    /// Waits until it has done all it can do: all its threads sleep, and none has run between two looks. A thread that
    /// only waits for a processor, which can take long on a busy machine, does not sleep.
    func untilQuiet(sourceLocation: SourceLocation = #_sourceLocation) throws {
        var last = try facts
        try eventually("the server has nothing to do", sourceLocation: sourceLocation) {
            usleep(20_000)
            let isAsleep = ProcessFacts.isEveryThread(of: pid, in: "S")
            let now = try facts
            defer { last = now }
            return isAsleep && now.cpuTime == last.cpuTime && now.writes == last.writes && now.reads == last.reads
        }
    }

    /// Stops it, so that several things can happen to it at once; `resume` lets it see them.
    func pause() throws {
        signal(SIGSTOP)
        try eventually("the server stops") { ProcessFacts.isEveryThread(of: pid, in: "T") }
    }

    func resume() {
        signal(SIGCONT)
    }

    /// Waits until it has gone to sleep `count` times more: it is not spinning, and it had the time to do what it
    /// will do.
    func untilAsleepAgain(
        _ count: Int, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let start = try facts.voluntarySwitches
        try eventually("the server sleeps, with nothing to do, \(count) times", sourceLocation: sourceLocation) {
            try facts.voluntarySwitches >= start + count
        }
    }

    /// Waits until it has so many threads. There must have been a second one before, for the sake of the sanitizers.
    func untilThreads(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws {
        try eventually("the server has \(count) threads", sourceLocation: sourceLocation) {
            try facts.threads == count + Sanitizer.threads
        }
    }

    /// The lowest descriptor number that it does not use.
    var lowestFreeDescriptor: Int {
        var number = 0
        while link(of: number) != nil { number += 1 }
        return number
    }

    /// What a descriptor of it is, as the kernel names it.
    private func link(of number: Int) -> String? {
        var text = [CChar](repeating: 0, count: 256)
        let count = readlink("/proc/\(pid)/fd/\(number)", &text, text.count)
        guard count > 0 else { return nil }
        return String(decoding: text.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    /// The port it listens at, for a server that cannot print it.
    var listeningPort: Int? {
        let sockets = (0..<16).compactMap { link(of: $0) }
        // Fields: number, local address and port, remote ones, state (0A: listening), …, inode.
        for line in Self.startOfSocketTable.split(separator: "\n") {
            let fields = line.split(separator: " ")
            if fields.count > 9, fields[3] == "0A", sockets.contains("socket:[\(fields[9])]") {
                return Int(fields[1].split(separator: ":")[1], radix: 16)
            }
        }
        return nil
    }

    /// The kernel lists those that listen first; the whole table can be megabytes.
    private static var startOfSocketTable: String {
        let number = open("/proc/net/tcp", O_RDONLY | O_CLOEXEC)
        defer { close(number) }
        var text = ""
        var bytes = [UInt8](repeating: 0, count: 4096)
        while !text.contains(" 06 "), case let count = read(number, &bytes, bytes.count), count > 0,
            text.utf8.count < 65536
        {
            text += String(decoding: bytes.prefix(count), as: UTF8.self)
        }
        return text
    }

    /// Lowers the number of descriptors it may have, while it runs; or raises it again.
    func setDescriptorLimit(_ limit: Int) throws {
        // Swift's Glibc module does not show this function.
        typealias Prlimit = @convention(c) (pid_t, CInt, UnsafePointer<rlimit>?, UnsafeMutablePointer<rlimit>?) -> CInt
        let prlimit = unsafeBitCast(try #require(dlsym(nil, "prlimit")), to: Prlimit.self)
        let resource = CInt(RLIMIT_NOFILE.rawValue)
        var limits = rlimit()
        try #require(prlimit(pid, resource, nil, &limits) == 0)
        limits.rlim_cur = rlim_t(limit)
        try #require(prlimit(pid, resource, &limits, nil) == 0)
    }

    /// Takes care that it gets no further descriptor. (Not if the kernel accepts: it keeps to the limit it was asked with.)
    func takeAllDescriptors(_ stage: Stage) throws {
        // A thread that is still on its way to `accept` would find no number to put aside.
        try untilQuiet()
        try setDescriptorLimit(lowestFreeDescriptor)
        // An `accept` that waits has put a number aside already, from before; and each thread of a pool waits in one.
        let waiting = stage.concurrency == .pool ? try facts.threads - 1 - Sanitizer.threads : stage.isLoop ? 0 : 1
        for _ in 0..<waiting { try expectService(stage) }
    }
}
