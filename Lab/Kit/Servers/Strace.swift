// strace, a tracer of system calls that is not installed everywhere, and not allowed everywhere.

import Shared

/// How to start a program under strace, and whether that works here.
public enum Strace {
    /// The start of a command line whose calls strace prints on standard error, each thread's as they come.
    ///
    /// With -D the program is this process's child, and not strace's: so signals reach it, and it is reaped. With -q it does
    /// not announce each thread in the middle of a line; with -a 1 results are not aligned.
    ///
    /// - Parameters:
    ///   - calls: names separated by commas; `all`.
    ///   - isTimed: whether each line says when the call was made, and how long it took.
    ///   - length: how many characters of a text, and elements of an array, are printed.
    public static func command(calls: String = "all", isTimed: Bool = false, length: Int) -> [String] {
        ["strace", "-D", "-f", "-q", "-a", "1", "-s", "\(length)", "-e", "signal=none", "-e", "trace=\(calls)"]
            + (isTimed ? ["-ttt", "-T"] : [])
    }

    /// Why nothing can be traced here, in one line; nil if it can.
    public static let obstacle: String? = {
        guard Programs.path(of: "strace") != nil else {
            return "strace is not installed (on Debian: apt-get install strace)"
        }
        do {
            let process = try ServerProcess(command: ["strace", "-D", "-o", "/dev/null", "true"])
            if process.wait(within: 20_000) == .exited(0), process.output.isEmpty { return nil }
            let words = process.output.split(separator: "\n").first.map { ": \($0)" } ?? ""
            return "strace may not trace here\(words) (a container needs --cap-add SYS_PTRACE)"
        } catch {
            return "strace does not start: \(error)"
        }
    }()
}

/// A call as strace prints it, put together where it came in two pieces.
public struct StraceCall: Sendable, Equatable {
    /// The thread's number.
    public let thread: Int
    /// Seconds since 1970; nil where strace was not asked for the time.
    public let start: Double?
    /// Seconds; nil where it is not known, or the call has not returned.
    public fileprivate(set) var duration: Double?
    public let name: String
    public fileprivate(set) var arguments: String
    /// What follows the equals sign; nil if it has not returned.
    public fileprivate(set) var result: String?
    /// The lines where it began and returned: the order of what several threads did.
    public let firstLine: Int
    public fileprivate(set) var lastLine: Int?

    /// `read(4, "", 4) = 0`
    public var text: String { "\(name)(\(arguments))" + (result.map { " = \($0)" } ?? "") }
}

extension Strace {
    /// Reads what strace has printed. Lines that are no calls (signals, ends, the program's own output) are skipped.
    ///
    ///     [pid 17] 1795721437.044732 accept4(3, NULL, NULL, SOCK_CLOEXEC <unfinished ...>
    ///     [pid 18] 1795721437.044841 read(4, "\f\0\0\0", 4) = 4 <0.000008>
    ///     [pid 17] 1795721437.140384 <... accept4 resumed>) = 5 <0.095611>
    ///
    /// - Parameter main: the number of the first thread. strace leaves the number out while there is no other.
    public static func calls(_ text: String, main: Int) -> [StraceCall] {
        var calls: [StraceCall] = []
        // Of each thread: the call that it is in.
        var open: [Int: Int] = [:]
        for (number, line) in text.split(separator: "\n").enumerated() {
            var rest = line[...]
            let thread = takeThread(&rest) ?? main
            let start = takeTime(&rest)
            if rest.hasPrefix("<... ") {
                guard let index = open.removeValue(forKey: thread), let gap = rest.ranges(of: "resumed>").first else {
                    continue
                }
                calls[index].finish(rest[gap.upperBound...], line: number)
                continue
            }
            guard let parenthesis = rest.firstIndex(of: "("), parenthesis > rest.startIndex,
                rest[..<parenthesis].allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" })
            else { continue }
            let name = String(rest[..<parenthesis])
            rest = rest[rest.index(after: parenthesis)...]
            var call = StraceCall(thread: thread, start: start, name: name, arguments: "", firstLine: number)
            if let mark = rest.ranges(of: " <unfinished ...>").last {
                call.arguments = String(rest[..<mark.lowerBound])
                open[thread] = calls.count
            } else if !call.finish(rest, line: number) {
                continue
            }
            calls.append(call)
        }
        return calls
    }

    private static func takeThread(_ line: inout Substring) -> Int? {
        guard line.hasPrefix("[pid "), let end = line.firstIndex(of: "]") else { return nil }
        defer { line = line[end...].dropFirst(2) }
        return Int(line[..<end].dropFirst(5).drop { $0 == " " })
    }

    private static func takeTime(_ line: inout Substring) -> Double? {
        guard let space = line.firstIndex(of: " "), let time = Double(line[..<space]) else { return nil }
        line = line[space...].dropFirst()
        return time
    }
}

extension StraceCall {
    /// Adds the rest of the arguments and the result; false if there is no result.
    @discardableResult
    fileprivate mutating func finish(_ text: Substring, line: Int) -> Bool {
        // Spaces may stand before the equals sign, and a text among the arguments may look like the end of them.
        guard let equals = text.ranges(of: " = ").last,
            let end = text[..<equals.lowerBound].lastIndex(where: { $0 != " " }), text[end] == ")"
        else { return false }
        arguments += text[..<end]
        var result = text[equals.upperBound...]
        if result.hasSuffix(">"), let open = result.lastIndex(of: "<"),
            let seconds = Double(result[open...].dropFirst().dropLast())
        {
            duration = seconds
            result = result[..<open].dropLast()
        }
        self.result = String(result)
        lastLine = line
        return true
    }
}
