// System calls that fail on purpose: strace, attached to a server that runs, lets the calls through and makes one of
// them report an error instead. So the code that is tested is the code that is shipped.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

/// One call that goes wrong once.
struct Fault: Sendable, CustomStringConvertible {
    let call: String
    /// What happens, as strace spells it: `error=EINTR`; `signal=TERM` for a call during which a signal arrives;
    /// `delay_exit=300000` for one that has done its work, and then takes so many microseconds to return.
    let effect: String
    /// Which of the calls, counted from 1.
    var occurrence = 1
    /// Whether the client it meets may lose its connection; no other may.
    var costsClient = false

    init(_ call: String, _ error: String, _ occurrence: Int = 1, costsClient: Bool = false) {
        (self.call, effect) = (call, "error=\(error)")
        self.occurrence = occurrence
        self.costsClient = costsClient
    }

    /// One with another effect than an error, as strace spells it.
    init(_ call: String, effect: String) {
        (self.call, self.effect) = (call, effect)
    }

    var description: String { "\(call):\(effect):when=\(occurrence)" }

    /// The same call under its other names: what the C library calls is not the same on all machines.
    fileprivate var names: [String] {
        ["poll": ["poll", "ppoll"], "epoll_wait": ["epoll_wait", "epoll_pwait"]][call] ?? [call]
    }

    fileprivate static func options(_ faults: [Fault]) -> [String] {
        ["-e", "trace=" + faults.flatMap(\.names).joined(separator: ",")]
            + faults.flatMap { fault in
                fault.names.flatMap { ["-e", "inject=\($0):\(fault.effect):when=\(fault.occurrence)"] }
            }
    }
}

/// strace, while it injects faults into a server.
final class Tracer {
    private let process: ServerProcess
    private let faults: [Fault]

    /// Attaches to a server. Calls count from now on.
    init(_ server: ServerProcess, injecting faults: Fault...) throws {
        self.faults = faults
        process = try ServerProcess(
            command: ["strace", "-f", "-p", "\(server.pid)"] + Fault.options(faults), wireProtocol: .resp2)
        let attached = process.waitForLine(timeout: Patience.seconds) { $0.contains("attached") }
        try #require(attached != nil, "strace did not attach; it printed: \(process.output)")
    }

    /// The command that starts a program under strace, with a fault from the start.
    static func wrapper(injecting fault: Fault) -> [String] {
        ["strace", "-f", "-qq"] + Fault.options([fault])
    }

    /// Whether all of it has happened.
    var hasInjected: Bool {
        process.readOutput(waiting: 0)
        return log.count { $0.contains("INJECTED") || $0.contains("--- SIGTERM") } >= faults.count
    }

    /// The calls it has seen, a line each.
    var log: [Substring] { process.output.split(separator: "\n") }

    /// Lets the server run on without it.
    func detach() {
        process.end(with: SIGINT, within: Patience.milliseconds)
    }

    /// Why faults cannot be injected here; nil if they can.
    static let obstacle: String? = {
        if Sanitizer.isOn { return "a sanitizer is on, and it looks for leaks with the same means as strace" }
        do {
            let sleeper = try ServerProcess(command: ["sleep", "60"], wireProtocol: .resp2)
            let tracer = try ServerProcess(command: ["strace", "-p", "\(sleeper.pid)"], wireProtocol: .resp2)
            if tracer.waitForLine(timeout: Patience.seconds, { $0.contains("attached") }) != nil { return nil }
            return "strace cannot trace a process here: \(tracer.output)"
        } catch {
            return "strace is not installed"
        }
    }()
}
