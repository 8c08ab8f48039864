// The clients of an attack: sockets that never block, driven step by step by who watches what comes of it.

@preconcurrency import Glibc
import LabKit
import Shared

/// The bad clients of one attack.
final class Attackers {
    private let attack: Attack
    private let count: Int
    private let port: Int
    private let wireProtocol: WireProtocol
    private let request: [UInt8]
    private var sockets: [Socket] = []
    /// The client program that is stopped, in the attack that needs one.
    private var child: ServerProcess?
    private var steps = 0
    /// Steps since the client program has its connections.
    private var runningSteps = 0

    /// A connection, and how many bytes it has sent.
    private struct Socket {
        let number: CInt
        var sent = 0
        /// Steps without room for a byte.
        var stuck = 0
    }

    /// How often `step` is to be called, in microseconds.
    static let interval = 10_000
    private static let largeKey = "attack:large"
    private static let largeValue = [UInt8](repeating: UInt8(ascii: "x"), count: 1 << 20)
    /// What `writefirst` writes in all: more than the kernel's buffers of both sides hold, and less than stage 5 takes.
    private static let writtenFirst = 60_000_000
    /// What `announce` sends of what it has announced, and `unread` of requests, in bytes.
    private static let mostSent = 64 << 10

    init(_ attack: Attack, count: Int, port: Int, wireProtocol: WireProtocol) {
        (self.attack, self.count, self.port, self.wireProtocol) = (attack, count, port, wireProtocol)
        let words: [[UInt8]] =
            switch attack {
            case .unread: ["GET".bytes, Array(Self.largeKey.utf8)]
            case .writefirst: ["ECHO".bytes, Array(Self.largeValue.prefix(10_000))]
            case .slow: ["ECHO".bytes, "this takes a while".bytes]
            default: ["PING".bytes]
            }
        let one = wireProtocol.encode(words)
        switch attack {
        case .deep: request = Array((0..<1000).map { _ in one }.joined())
        case .announce: request = Self.announcement(wireProtocol)
        default: request = one
        }
    }

    deinit { leave() }

    /// The start of the longest request that the protocol allows.
    private static func announcement(_ wireProtocol: WireProtocol) -> [UInt8] {
        let filler = [UInt8](repeating: UInt8(ascii: "x"), count: mostSent)
        if wireProtocol == .lengthPrefixed { return WireProtocol.word(LengthPrefixedCodec.maxFrameLength) + filler }
        return "*2\r\n$4\r\nECHO\r\n$\(RESPCodec.maxBulkLength)\r\n".bytes + filler
    }

    /// Writes what the attack asks for, while the server still serves.
    func prepare() throws {
        guard attack == .unread else { return }
        var client = try Client(port: port, wireProtocol: wireProtocol)
        _ = try client.call(["SET".bytes, Array(Self.largeKey.utf8), Self.largeValue])
    }

    /// Does what is to be done now, and waits for nothing.
    func step() throws {
        steps += 1
        if attack == .stopped { return try stepChild() }
        if attack == .reset { leave() }
        // A few at a time: a burst of connections is another attack.
        for _ in 0..<20 where sockets.count < count {
            sockets.append(Socket(number: try LoadConnection.open(to: Load.loopback(port))))
        }
        for index in sockets.indices { act(&sockets[index]) }
    }

    private func act(_ socket: inout Socket) {
        switch attack {
        case .crowd, .stopped: return
        case .slow:
            if steps % 5 == 0 && socket.sent < request.count - 1 { send(&socket, atMost: 1) }
        case .reset, .announce:
            if socket.sent < request.count { send(&socket, atMost: request.count) }
        case .unread:
            while socket.sent < Self.mostSent, send(&socket, atMost: request.count) {}
        case .deep:
            while recv(socket.number, nil, 1 << 20, Int32(MSG_TRUNC) | Int32(MSG_DONTWAIT)) > 0 {}
            send(&socket, atMost: request.count)
        case .writefirst:
            let before = socket.sent
            while socket.sent < Self.writtenFirst, send(&socket, atMost: request.count) {}
            socket.stuck = socket.sent == before ? socket.stuck + 1 : 0
            if socket.sent >= Self.writtenFirst {
                while recv(socket.number, nil, 1 << 20, Int32(MSG_TRUNC) | Int32(MSG_DONTWAIT)) > 0 {}
            }
        }
    }

    /// Sends what follows the bytes that were sent, as requests that repeat.
    ///
    /// - Returns: false when there was no room.
    @discardableResult
    private func send(_ socket: inout Socket, atMost limit: Int) -> Bool {
        let offset = socket.sent % request.count
        let count = request.withUnsafeBytes {
            Glibc.send(
                socket.number, $0.baseAddress! + offset, min(limit, request.count - offset), CInt(MSG_NOSIGNAL))
        }
        if count > 0 { socket.sent += count }
        return count > 0
    }

    /// The load generator as a client program, which is stopped when it has its connections.
    private func stepChild() throws {
        guard let child else {
            let load =
                "load --port \(port) --protocol \(wireProtocol == .lengthPrefixed ? "binary" : "resp") "
                + "--connections \(count) --key-count 100 --value-size 20000 --pipeline 16 "
                + "--seconds \(Attack.longest * 2) --patience \(Attack.longest * 2)"
            let words = load.split(separator: " ").map(String.init)
            self.child = try ServerProcess(command: ["\(ServerProcess.buildFolder)/lab"] + words)
            return
        }
        // It has written its keys, and a moment later it is in the middle of many replies.
        if ProcessFacts.descriptorCount(pid: child.pid) >= count { runningSteps += 1 }
        if runningSteps == 20 { child.signal(SIGSTOP) }
    }

    /// Closes all connections: with a reset where replies are left unread.
    func leave() {
        for socket in sockets {
            if attack == .reset {
                var option = linger(l_onoff: 1, l_linger: 0)
                setsockopt(socket.number, SOL_SOCKET, SO_LINGER, &option, socklen_t(MemoryLayout<linger>.size))
            }
            close(socket.number)
        }
        sockets = []
        child = nil
    }

    /// What became of a client that writes before it reads.
    var outcome: String? {
        guard attack == .writefirst, let socket = sockets.first else { return nil }
        let written = "\(Format.number(Double(socket.sent) / 1e6, decimals: 1)) MB of requests"
        if socket.sent >= Self.writtenFirst { return "It wrote all its \(written), and was answered." }
        return "It hangs: after \(written) there was no room for a byte for "
            + "\(Format.time(microseconds: Double(socket.stuck * Self.interval)))."
    }
}
