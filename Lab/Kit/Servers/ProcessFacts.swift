// What the operating system knows about a process: /proc, read from outside, so the servers need not change.

import Foundation

/// Figures of one process at one moment. Subtract two to get what happened in between.
public struct ProcessFacts: Sendable {
    /// CPU time used, in microseconds: in the program, and in the kernel on its behalf.
    public var userTime = 0
    public var systemTime = 0
    /// Calls of `read` and `write` and their like (/proc/PID/io: syscr, syscw).
    public var reads = 0
    public var writes = 0
    /// Times the process gave the processor up because it had to wait, and times it was taken away.
    public var voluntarySwitches = 0
    public var involuntarySwitches = 0
    /// Now, not since the start.
    public var threads = 0
    /// Resident memory in bytes, now.
    public var residentMemory = 0
    /// Open descriptors, now.
    public var descriptors = 0

    public var cpuTime: Int { userTime + systemTime }

    /// Reads the figures of a process; nil if there is none with that number.
    public init?(pid: pid_t) {
        guard let stat = Self.text("/proc/\(pid)/stat") else { return nil }
        // The name, in parentheses, may hold spaces; fields count from after it.
        let fields = stat.split(separator: ")").last?.split(separator: " ") ?? []
        guard fields.count > 20 else { return nil }
        let tick = 1_000_000 / max(1, sysconf(Int32(_SC_CLK_TCK)))
        userTime = (Int(fields[11]) ?? 0) * tick
        systemTime = (Int(fields[12]) ?? 0) * tick
        if let precise = Self.schedulerTime(pid) {
            // The scheduler counts in nanoseconds, ticks are 10 ms: keep the ticks' proportion, and its sum.
            let sum = max(1, userTime + systemTime)
            userTime = precise * userTime / sum
            systemTime = precise - userTime
        }
        let lines = Self.values("/proc/\(pid)/status")
        threads = lines["Threads"] ?? 0
        residentMemory = (lines["VmRSS"] ?? 0) * 1024
        let io = Self.values("/proc/\(pid)/io")
        reads = io["syscr"] ?? 0
        writes = io["syscw"] ?? 0
        descriptors = Self.descriptorCount(pid: pid)
        for task in Self.threads(pid: pid) {
            let task = Self.values("/proc/\(pid)/task/\(task)/status")
            voluntarySwitches += task["voluntary_ctxt_switches"] ?? 0
            involuntarySwitches += task["nonvoluntary_ctxt_switches"] ?? 0
        }
    }

    /// Open descriptors, for those who need nothing else; 0 if there is no such process.
    public static func descriptorCount(pid: pid_t) -> Int {
        entries("/proc/\(pid)/fd").count
    }

    /// The numbers of its threads that are alive.
    public static func threads(pid: pid_t) -> [String] {
        entries("/proc/\(pid)/task")
    }

    /// The numbers of the processes of a group.
    public static func members(ofGroup group: pid_t) -> [pid_t] {
        entries("/proc").compactMap { pid_t($0) }.filter { pid in
            // After the name, in parentheses: state, parent, group.
            let fields = text("/proc/\(pid)/stat")?.split(separator: ")").last?.split(separator: " ") ?? []
            return fields.count > 2 && fields[2] == "\(group)"
        }
    }

    /// Whether all its threads are in a state: S sleeps, R runs, T is stopped, t is stopped by a tracer.
    public static func isEveryThread(of pid: pid_t, in state: Character) -> Bool {
        threads(pid: pid).allSatisfy { thread in
            let text = text("/proc/\(pid)/task/\(thread)/stat")
            return text?.split(separator: ")").last?.first { $0 != " " } == state
        }
    }

    /// CPU time of all threads that are alive, in microseconds.
    private static func schedulerTime(_ pid: pid_t) -> Int? {
        var sum = 0
        for task in threads(pid: pid) {
            guard let text = text("/proc/\(pid)/task/\(task)/schedstat"),
                let nanoseconds = text.split(separator: " ").first.flatMap({ Int($0) })
            else { return nil }
            sum += nanoseconds
        }
        return sum / 1000
    }

    /// The lines `Name:  123 kB` of a file as numbers; none if there is no such file.
    public static func values(_ path: String) -> [String: Int] {
        var result: [String: Int] = [:]
        for line in (text(path) ?? "").split(separator: "\n") {
            let parts = line.split(separator: ":", maxSplits: 1)
            guard parts.count == 2,
                let number = parts[1].split(whereSeparator: { $0 == " " || $0 == "\t" }).first.flatMap({ Int($0) })
            else { continue }
            result[String(parts[0])] = number
        }
        return result
    }

    /// A whole small file. (Foundation takes a short read for its end, and the files in /proc come a page at a time.)
    public static func text(_ path: String) -> String? {
        let number = open(path, O_RDONLY | O_CLOEXEC)
        guard number >= 0 else { return nil }
        defer { close(number) }
        var result: [UInt8] = []
        var bytes = [UInt8](repeating: 0, count: 16384)
        while case let count = read(number, &bytes, bytes.count), count > 0 { result += bytes.prefix(count) }
        return String(decoding: result, as: UTF8.self)
    }

    private static func entries(_ path: String) -> [String] {
        (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    }
}
