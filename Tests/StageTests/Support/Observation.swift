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
    private var bytesRead: Int { ProcessFacts.values("/proc/\(pid)/io")["rchar"] ?? 0 }

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
    func untilAsleep(
        _ what: String = "the server sleeps, as there is nothing to do",
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try eventually(what, sourceLocation: sourceLocation) { ProcessFacts.isEveryThread(of: pid, in: "S") }
    }

    /// What `body` makes the server do, once it is asleep again: how often it called `read`, `write` and the like.
    func calls(_ body: () throws -> Void) throws -> (reads: Int, writes: Int) {
        try untilAsleep()
        let before = try facts
        try body()
        // The kernel counts a call when it returns, which may be after the client has its reply.
        try untilAsleep()
        let after = try facts
        return (after.reads - before.reads, after.writes - before.writes)
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
        while access("/proc/\(pid)/fd/\(number)", F_OK) == 0 { number += 1 }
        return number
    }

    /// Lowers the number of descriptors it may have, while it runs; or raises it again.
    func setDescriptorLimit(_ limit: Int) throws {
        // Swift's Glibc module does not show the function; the program is of util-linux, as `mount` is.
        let result = try TestProcess.run(["prlimit", "--pid", "\(pid)", "--nofile=\(limit):"])
        try #require(result.status == .exited(0), "\(result.output)")
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
