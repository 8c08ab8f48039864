// A client that checks: the blocking client of Shared, and what can be done to a server with a socket beside calling it.
// A class, so that many of them fit into an array.

@preconcurrency import Glibc
import Shared

/// A connection to a server, closed when the last reference to it goes away. Every call gives up after `patience`
/// seconds.
public final class SocketClient {
    private var client: Client?
    public let descriptor: CInt
    /// In seconds.
    public let patience: Int

    public init(port: Int, wireProtocol: WireProtocol, patience: Int) throws(Reply.Failure) {
        let client = try Client(port: port, wireProtocol: wireProtocol, timeout: patience)
        descriptor = client.descriptor.rawValue
        self.client = consume client
        self.patience = patience
    }

    // MARK: Requests and replies

    /// Sends one request whose arguments hold no spaces, and waits for its reply.
    public func ask(_ request: String) throws -> Reply { try call(request.words) }

    public func call(_ arguments: [[UInt8]]) throws -> Reply { try client!.call(arguments) }

    public func send(_ request: String) throws { try client!.send(request.words) }

    public func send(_ arguments: [[UInt8]]) throws { try client!.send(arguments) }

    public func send(bytes: some Sequence<UInt8>) throws { try client!.send(bytes: Array(bytes)) }

    /// Sends from a thread of its own, so that replies can be read meanwhile. A server that stops reading until its
    /// replies are read would otherwise make both wait for each other.
    public func sendInBackground(_ bytes: [UInt8]) {
        let number = dup(descriptor)
        // Without a thread nothing is sent, and the code that waits for the replies reports that they are missing.
        try? Thread.start {
            var sent = 0
            while sent < bytes.count {
                let count = bytes.withUnsafeBytes {
                    Glibc.send(number, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
                }
                if count < 0 && errno != EINTR { break }
                sent += max(0, count)
            }
            Glibc.close(number)
        }
    }

    public func receive() throws -> Reply { try client!.receive() }

    /// The next bytes, whatever they are; none at the end.
    public func receiveBytes() throws -> [UInt8] { try client!.receiveBytes() }

    /// Reads everything up to the end. A reset is an end too: what was read before it counts.
    public func receiveAll() throws -> [UInt8] {
        var result: [UInt8] = []
        while case let bytes = try receiveBytes(), !bytes.isEmpty { result += bytes }
        return result
    }

    // MARK: The socket

    /// Whether there is anything to read now, the end included.
    public var hasInput: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// Bytes of replies that the kernel holds: in the receive buffer here, and in the server's send buffer (`tx_queue` of
    /// the other end of this connection in /proc/net/tcp).
    func waitingReplyBytes(from port: Int) throws -> Int {
        var unread: CInt = 0
        guard ioctl(descriptor, UInt(FIONREAD), &unread) == 0 else { throw SystemCallError("ioctl") }
        let own = try localPort(of: descriptor)
        for file in ["/proc/net/tcp", "/proc/net/tcp6"] {
            for line in (ProcessFacts.text(file) ?? "").split(separator: "\n") {
                // 3: 0100007F:1CD3 0100007F:B0A6 01 00000000:00000000 …
                let fields = line.split(separator: " ")
                guard fields.count > 4, Int(fields[1].suffix(4), radix: 16) == port,
                    Int(fields[2].suffix(4), radix: 16) == own
                else { continue }
                return Int(unread) + (Int(fields[4].prefix(8), radix: 16) ?? 0)
            }
        }
        throw NotChecked(description: "this system does not tell what waits in a socket (/proc/net/tcp)")
    }

    /// A window that does not grow: the server can send little before it must wait for this client to read. Not less
    /// than a segment of the loopback device (64 KB), or the two would wait for timers.
    public func limitReceiveBuffer() { setOption(SO_RCVBUF, to: CInt(128 << 10)) }

    /// Sends nothing more; replies still come.
    public func endSending() { client!.endSending() }

    public func close() { client = nil }

    /// Closes so that the peer is told at once, and what was not yet sent or read is thrown away (RST).
    public func reset() {
        setOption(SO_LINGER, to: linger(l_onoff: 1, l_linger: 0))
        close()
    }

    private func setOption<Value: BitwiseCopyable>(_ option: CInt, to value: Value) {
        var value = value
        setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Value>.size))
    }
}
