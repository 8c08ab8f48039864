// A client in tests: the blocking client of Shared, and what can be done to a server with a socket beside calling it.
// A class, so that a test can keep many of them in an array.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

/// A connection to a server under test, closed when the last reference to it goes away. Every call gives up after
/// `Patience.seconds`.
final class TestClient {
    private var client: Client?

    init(port: Int, wireProtocol: WireProtocol) throws {
        TestProcess.prepare()
        let client = try Client(port: port, wireProtocol: wireProtocol, timeout: Patience.seconds)
        descriptor = client.descriptor.rawValue
        self.client = consume client
    }

    // MARK: Requests and replies

    /// Sends one request whose arguments hold no spaces, and waits for its reply.
    func ask(_ request: String) throws -> Reply {
        try call(request.words)
    }

    func call(_ arguments: [[UInt8]]) throws -> Reply {
        try client!.call(arguments)
    }

    func send(_ request: String) throws {
        try client!.send(request.words)
    }

    func send(_ arguments: [[UInt8]]) throws {
        try client!.send(arguments)
    }

    func send(bytes: some Sequence<UInt8>) throws {
        try client!.send(bytes: Array(bytes))
    }

    /// Sends from a thread of its own, so that replies can be read meanwhile. A server that stops reading until its
    /// replies are read would otherwise make both wait for each other.
    func sendInBackground(_ bytes: [UInt8]) {
        let number = dup(descriptor)
        #expect(throws: Never.self, "no thread to send from") {
            try Thread.start {
                var sent = 0
                while sent < bytes.count {
                    let count = bytes.withUnsafeBytes {
                        Glibc.send(number, $0.baseAddress! + sent, $0.count - sent, Int32(MSG_NOSIGNAL))
                    }
                    // The code that waits for the replies reports what is missing.
                    if count < 0 && errno != EINTR { break }
                    sent += max(0, count)
                }
                Glibc.close(number)
            }
        }
    }

    func receive() throws -> Reply {
        try client!.receive()
    }

    /// The next bytes, whatever they are; none at the end.
    func receiveBytes() throws -> [UInt8] {
        try client!.receiveBytes()
    }

    /// Reads everything up to the end. A reset is an end too: what was read before it counts.
    func receiveAll() throws -> [UInt8] {
        var result: [UInt8] = []
        while case let bytes = try receiveBytes(), !bytes.isEmpty { result += bytes }
        return result
    }

    /// Checks that the server closes, and sends nothing before that.
    func expectEnd(sourceLocation: SourceLocation = #_sourceLocation) throws {
        do {
            let rest = try receiveAll()
            #expect(rest == [], "the connection was to be closed", sourceLocation: sourceLocation)
        } catch Reply.Failure.timedOut {
            Issue.record("the server did not close the connection", sourceLocation: sourceLocation)
        }
    }

    // MARK: The socket

    let descriptor: CInt

    /// Whether there is anything to read now, the end included.
    var hasInput: Bool {
        var entry = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        return poll(&entry, 1, 0) > 0
    }

    /// A window that does not grow: the server can send little before it must wait for this client to read. Not less
    /// than a segment of the loopback device (64 KB), or the two would wait for timers.
    func limitReceiveBuffer() {
        setOption(SO_RCVBUF, to: CInt(128 << 10))
    }

    /// Sends nothing more; replies still come.
    func endSending() {
        client!.endSending()
    }

    func close() {
        client = nil
    }

    /// Closes so that the peer is told at once, and what was not yet sent or read is thrown away (RST).
    func reset() {
        setOption(SO_LINGER, to: linger(l_onoff: 1, l_linger: 0))
        close()
    }

    private func setOption<Value: BitwiseCopyable>(_ option: CInt, to value: Value) {
        var value = value
        setsockopt(descriptor, SOL_SOCKET, option, &value, socklen_t(MemoryLayout<Value>.size))
    }
}

extension ServerProcess {
    func newClient() throws -> TestClient {
        try TestClient(port: port, wireProtocol: wireProtocol)
    }
}
