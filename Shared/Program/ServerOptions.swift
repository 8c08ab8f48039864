// The command line of a server.

@preconcurrency @unsafe import Glibc

/// What the user can choose.
public struct ServerOptions: Sendable {
    /// The server's name, as in the ready line.
    public let stage: String
    /// The address to listen on. There is no password, so by default only this machine can connect.
    public var host = "127.0.0.1"
    /// The port; 0 lets the kernel pick.
    public var port = 7379
    /// The most connections at once. As in Redis, and a bound on what clients can make a server hold.
    public var maxConnections = 10_000
    /// Seconds after which a connection that neither sends nor takes anything is closed; 0 for never.
    public var idleTimeout = 0
    /// Bytes of keys, values and their table above which writes are refused; 0 for no limit.
    public var maxMemory = 0
    /// The number of threads in a pool.
    public var workers = 4
    /// Of a server with several loops: how many.
    public var loops = 1
    /// Of a ring: how many operations fit into its submission queue. The completion queue takes twice as many.
    public var ringEntries = 256
    /// Of a ring: how many buffers it receives into.
    public var buffers = 256

    /// The defaults.
    public init(stage: String) {
        self.stage = stage
    }

    /// An option that not every server has.
    public enum Extra: Sendable { case workers, loops, idleTimeout, ring }

    /// Why a command line was refused, in one line.
    public struct UsageError: Error, Equatable {
        /// For standard error, after the program's name.
        public let message: String
    }

    private struct Flag {
        let name: String
        let placeholder: String
        let help: String
        let range: ClosedRange<Int>
        var field: WritableKeyPath<ServerOptions, Int>
    }

    private static func flags(_ extras: [Extra]) -> [Flag] {
        var flags = [
            Flag(
                name: "--port", placeholder: "PORT", help: "listen on this port; 0 picks a free one (7379)",
                range: 0...65535, field: \.port),
            Flag(
                name: "--max-connections", placeholder: "N", help: "the most connections at once (10000)",
                range: 1...1_000_000, field: \.maxConnections),
            Flag(
                name: "--max-memory", placeholder: "BYTES",
                help: "refuse writes above this; 0 for no limit (0)", range: 0...Int.max, field: \.maxMemory),
        ]
        if extras.contains(.workers) {
            flags.append(
                Flag(
                    name: "--workers", placeholder: "N", help: "threads that each accept and serve (4)",
                    range: 1...10_000, field: \.workers))
        }
        if extras.contains(.loops) {
            flags.append(
                Flag(
                    name: "--loops", placeholder: "N", help: "threads that each run a loop (one for each processor)",
                    range: 1...StopSignal.maxListeners, field: \.loops))
        }
        if extras.contains(.idleTimeout) {
            flags.append(
                Flag(
                    name: "--idle-timeout", placeholder: "SECONDS",
                    help: "close connections that neither send nor read; 0 for never (0)",
                    range: 0...1_000_000, field: \.idleTimeout))
        }
        if extras.contains(.ring) {
            flags.append(
                Flag(
                    name: "--ring-entries", placeholder: "N", help: "operations that fit into the queue (256)",
                    range: 1...4096, field: \.ringEntries))
            flags.append(
                Flag(
                    name: "--buffers", placeholder: "N", help: "buffers to receive into, shared by all (256)",
                    range: 1...4096, field: \.buffers))
        }
        return flags
    }

    /// What `--help` prints.
    public func usage(_ extras: [Extra]) -> String {
        let flags = Self.flags(extras).map { ("\($0.name) \($0.placeholder)", $0.help) }
        let lines =
            [("--host ADDRESS", "listen on this address (127.0.0.1)")] + flags
            + [("--help", "print this and exit")]
        let width = lines.map(\.0.count).max()! + 2
        return "usage: \(stage) [options]\n"
            + lines.map { "  " + $0 + String(repeating: " ", count: width - $0.count) + $1 + "\n" }.joined()
    }

    /// Reads `arguments`, which do not include the program's name.
    ///
    /// - Returns: false when `--help` was asked for.
    public mutating func parse(_ arguments: [String], _ extras: [Extra] = []) throws(UsageError) -> Bool {
        if extras.contains(.loops) { loops = min(Processors.available, StopSignal.maxListeners) }
        var rest = arguments[...]
        while let argument = rest.popFirst() {
            if argument == "--help" || argument == "-h" { return false }
            let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let name = String(parts[0])
            let flag = Self.flags(extras).first { $0.name == name }
            guard flag != nil || name == "--host" else {
                throw UsageError(message: "unknown option \(argument); --help lists the options")
            }
            guard let value = parts.count == 2 ? String(parts[1]) : rest.popFirst() else {
                throw UsageError(message: "\(name) needs a value; --help lists the options")
            }
            guard let flag else {
                host = value
                continue
            }
            guard let number = Int(value), flag.range.contains(number) else {
                let range = "\(flag.range.lowerBound) to \(flag.range.upperBound)"
                throw UsageError(message: "\(name) takes a number from \(range), not '\(value)'")
            }
            self[keyPath: flag.field] = number
        }
        return true
    }
}

extension KeyValueStore {
    /// An empty store for a server with these options that listens at `port`.
    public init(_ options: ServerOptions, port: Int) {
        var server = ServerDescription(name: options.stage)
        server.host = options.host
        server.port = port
        server.maxConnections = options.maxConnections
        server.maxMemory = options.maxMemory
        server.idleTimeout = options.idleTimeout
        self.init(server)
    }
}
