// The machine that the figures come from, and how much else it had to do.

import Foundation
import LabKit

struct Machine: Codable, Sendable {
    let processor: String
    let processors: Int
    /// Bytes.
    let memory: Int
    let system: String
    /// When, by the clock on the wall.
    let date: String

    init() {
        let info = ProcessFacts.text("/proc/cpuinfo") ?? ""
        processor = info.firstMatch(of: /(?m)^model name\s*:\s*(.*)$/).map { String($0.1) } ?? "unknown processor"
        processors = ProcessInfo.processInfo.activeProcessorCount
        memory = Int(ProcessInfo.processInfo.physicalMemory)
        var name = utsname()
        uname(&name)
        system = Self.text(name.sysname) + " " + Self.text(name.release) + ", " + Self.text(name.machine)
        let format = DateFormatter()
        (format.dateFormat, format.timeZone) = ("yyyy-MM-dd HH:mm 'UTC'", TimeZone(secondsFromGMT: 0))
        date = format.string(from: Date())
    }

    var summary: String {
        "\(processor), \(processors) processors, \(Format.memory(memory)) of memory, \(system)"
    }

    /// Processor time that all processes have used since the machine started, in seconds.
    static var busyTime: Double {
        let line = (ProcessFacts.text("/proc/stat") ?? "").split(separator: "\n").first ?? ""
        let fields = line.split(separator: " ").dropFirst().map { Double($0) ?? 0 }
        guard fields.count >= 8 else { return 0 }
        // user, nice, system; idle and iowait are no work; irq, softirq; what other virtual machines took.
        let ticks = fields[0] + fields[1] + fields[2] + fields[5] + fields[6] + fields[7]
        return ticks / Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
    }

    /// Processor time that this process and the children it has reaped have used, in seconds.
    static var ownTime: Double {
        [RUSAGE_SELF, RUSAGE_CHILDREN].map { who in
            var usage = rusage()
            getrusage(__rusage_who_t(who.rawValue), &usage)
            return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
                + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1_000_000
        }.reduce(0, +)
    }

    /// A fixed array of C characters, which Swift sees as a tuple.
    private static func text<Characters>(_ characters: Characters) -> String {
        withUnsafeBytes(of: characters) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}

/// The time since it was made, by a clock that never jumps.
struct Stopwatch: Sendable {
    private let start = ContinuousClock.now

    var seconds: Double { start.duration(to: .now) / .seconds(1) }
    var microseconds: Double { seconds * 1_000_000 }
}
