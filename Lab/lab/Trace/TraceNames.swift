// From what strace prints to who is meant: descriptors are numbers, which the kernel uses again and again.

import LabKit

/// Goes through the calls in the order in which they began and returned, and keeps in mind whose each descriptor is.
struct TraceNames {
    /// `poll` and its like.
    static let waits: Set = ["poll", "ppoll", "epoll_wait", "epoll_pwait", "epoll_pwait2", "io_uring_enter"]
    /// Calls whose first argument is the descriptor that they are about.
    private static let ofDescriptors: Set = [
        "accept4", "read", "write", "recvfrom", "sendto", "close", "shutdown", "fcntl", "ioctl", "setsockopt",
        "getsockopt", "epoll_wait", "epoll_pwait", "epoll_pwait2", "io_uring_enter",
    ]

    private var owners: [Int: String] = [0: "stdin", 1: "stdout", 2: "stderr"]
    private var clients: ArraySlice<String>
    /// When the scene began, in seconds since 1970: who connects earlier is none of its clients.
    private let zero: Double

    /// What a call was found to be about.
    private struct Finding {
        var targets: [String] = []
        var served: [String] = []
    }

    /// Names the calls of a server, and leaves out those from before and after the scene.
    ///
    /// - Parameters:
    ///   - clients: in the order in which they connect.
    ///   - main: the number of the first thread.
    ///   - zero: when the scene began, in seconds since 1970.
    ///   - duration: how long it lasted, in microseconds. A call that goes on is cut there.
    static func calls(
        _ calls: [StraceCall], clients: [String], main: Int, zero: Double, duration: Double
    ) -> [TracedCall] {
        var names = TraceNames(clients: clients[...], zero: zero)
        let findings = names.findings(calls)
        var threads = [main: 1]
        var result: [TracedCall] = []
        for (call, finding) in zip(calls, findings) {
            guard let began = call.start else { continue }
            // A thread counts from its first call in the scene: those of before have ended.
            let start = (began - zero) * 1_000_000
            let end = call.duration.map { start + $0 * 1_000_000 } ?? duration
            guard end > 0, start < duration, !call.name.hasPrefix("exit") else { continue }
            let thread = threads[call.thread] ?? threads.count + 1
            threads[call.thread] = thread
            result.append(
                TracedCall(
                    thread: thread, name: call.name, arguments: call.arguments,
                    result: end < duration ? call.result : nil, start: max(0, start), end: min(end, duration),
                    targets: finding.targets, served: finding.served))
        }
        return result
    }

    private mutating func findings(_ calls: [StraceCall]) -> [Finding] {
        var findings = calls.map { _ in Finding() }
        // Of a call in one line the beginning comes first. What has not returned ends with nothing to tell.
        let moments = calls.indices.flatMap { [(calls[$0].firstLine, 0, $0), (calls[$0].lastLine ?? .max, 1, $0)] }
        for (_, isEnd, index) in moments.sorted(by: <) {
            if isEnd == 1 { end(calls[index], &findings[index]) } else { begin(calls[index], &findings[index]) }
        }
        return findings
    }

    private mutating func begin(_ call: StraceCall, _ finding: inout Finding) {
        let first = Int(call.arguments.prefix { $0.isNumber })
        switch call.name {
        case "poll", "ppoll":
            // A list that is being printed while another thread interrupts is complete all the same.
            finding.targets = Self.numbers(after: "fd=", in: call.arguments).map { name($0) }
        case "epoll_ctl":
            let third = call.arguments.split(separator: ", ").dropFirst(2).first.flatMap { Int($0) }
            finding.targets = third.map { [name($0)] } ?? []
            finding.served = finding.targets.filter(isClient)
        default:
            guard Self.ofDescriptors.contains(call.name), let first else { return }
            finding.targets = [name(first)]
            finding.served = finding.targets.filter(isClient)
            if call.name == "close" { owners[first] = nil }
        }
    }

    private mutating func end(_ call: StraceCall, _ finding: inout Finding) {
        guard let value = call.result.flatMap({ Int($0.prefix { $0.isNumber }) }) else { return }
        switch call.name {
        case "listen": owners[Int(call.arguments.prefix { $0.isNumber }) ?? -1] = "listener"
        case "epoll_create1": owners[value] = "epoll"
        case "io_uring_setup": owners[value] = "ring"
        case "accept4":
            let isOfScene = (call.start ?? 0) + (call.duration ?? 0) > zero
            owners[value] = isOfScene ? clients.popFirst() : nil
            finding.served = [name(value)]
        case "poll", "ppoll":
            finding.served = Self.numbers(after: "fd=", in: call.result ?? "").map { name($0) }
        case "epoll_wait", "epoll_pwait", "epoll_pwait2":
            finding.served = Self.numbers(after: "u32=", in: call.arguments).map { name($0) }
        default: break
        }
    }

    private func name(_ number: Int) -> String { owners[number] ?? "\(number)" }

    private func isClient(_ name: String) -> Bool { name.first?.isUppercase == true }

    /// The numbers that follow a word in a text: `fd=3, ... fd=4`.
    private static func numbers(after word: String, in text: String) -> [Int] {
        text.ranges(of: word).compactMap { Int(text[$0.upperBound...].prefix { $0.isNumber }) }
    }
}
