// Where connections arrive: the port, the new clients, and what is said when listening fails.

import Glibc
import Testing

@testable import Shared

@Suite("Listener") struct ListenerTests {
    private func listen(isBlocking: Bool = true) throws -> Listener {
        try Listener(host: "127.0.0.1", port: 0, isBlocking: isBlocking)
    }

    /// The error of a listener that cannot be made.
    private func failure(host: String = "127.0.0.1", port: Int = 0) -> SystemCallError? {
        #expect(throws: SystemCallError.self) { _ = try Listener(host: host, port: port, isBlocking: true) }
    }

    @Test func acceptsAndKnowsItsPort() throws {
        let listener = try listen()
        #expect(listener.port > 0)
        var client = try Client(port: listener.port, wireProtocol: .resp2, timeout: 20)
        let descriptor = try listener.connection()
        try descriptor.setTimeout(seconds: 20)
        try client.send(bytes: bytes("hello"))
        var buffer = ByteBuffer()
        #expect(try descriptor.readFull(into: &buffer, until: 5))
        #expect(buffer.bytes.copy == bytes("hello"))
        #expect(try localPort(of: descriptor.rawValue) == listener.port)
        descriptor.endWriting()
    }

    @Test func withoutBlockingNoConnectionIsAnAnswer() throws {
        let listener = try listen(isBlocking: false)
        guard case .noConnection = try listener.accept() else {
            Issue.record("there is one")
            return
        }
    }

    /// The connections of a listener that does not block do not block either.
    @Test func connectionsBlockAsTheListenerDoes() throws {
        for isBlocking in [true, false] {
            let listener = try listen(isBlocking: isBlocking)
            let client = try Client(port: listener.port, wireProtocol: .resp2, timeout: 20)
            let descriptor = try listener.connection()
            #expect((fcntl(descriptor.rawValue, F_GETFL) & O_NONBLOCK == 0) == isBlocking)
            #expect(fcntl(descriptor.rawValue, F_GETFD) & FD_CLOEXEC != 0)
            // Both are used to the end, and so not closed before it.
            client.endSending()
            descriptor.endWriting()
        }
    }

    /// By default, the kernel holds a small packet back until the one before it is acknowledged (Nagle's algorithm).
    @Test func smallRepliesAreNotHeldBack() throws {
        let listener = try listen()
        let client = try Client(port: listener.port, wireProtocol: .resp2, timeout: 20)
        let descriptor = try listener.connection()
        var (isOn, length) = (CInt(0), socklen_t(MemoryLayout<CInt>.size))
        #expect(getsockopt(descriptor.rawValue, CInt(IPPROTO_TCP), TCP_NODELAY, &isOn, &length) == 0)
        #expect(isOn != 0, "an accepted connection has no TCP_NODELAY: its replies may be held back")
        client.endSending()
    }

    @Test func aPortInUseIsNamed() throws {
        let listener = try listen()
        let error = try #require(failure(port: listener.port))
        #expect(error.code == EADDRINUSE)
        let remedy = "port \(listener.port) is in use; choose another with --port (0 picks a free one)"
        #expect(error.description == "bind: Address already in use (errno 98): \(remedy)")
        // Used to the end, and so not closed before it.
        listener.descriptor.endWriting()
    }

    /// No name at all: it is refused without asking any name server.
    @Test func aHostThatIsNoneIsNamed() throws {
        let error = try #require(failure(host: "a..b"))
        #expect("\(error.call)" == "getaddrinfo")
        #expect(error.code == 0)
        #expect(error.description.hasPrefix("getaddrinfo: "))
        #expect(error.description.hasSuffix(": 'a..b' names no address; check --host"))
    }

    /// An address for examples, which no machine has (RFC 5737).
    @Test func anAddressOfAnotherMachineIsNamed() throws {
        let error = try #require(failure(host: "192.0.2.1"))
        #expect(error.code == EADDRNOTAVAIL)
        #expect(error.description.hasSuffix(": --host 192.0.2.1 is not an address of this machine"))
    }

    @Test func aRejectedClientIsToldWhy() throws {
        let listener = try listen()
        for wireProtocol in [WireProtocol.resp2, .lengthPrefixed] {
            var client = try Client(port: listener.port, wireProtocol: wireProtocol, timeout: 20)
            let descriptor = try listener.connection()
            let before = Statistics.rejected.value
            descriptor.reject(wireProtocol)
            #expect(Statistics.rejected.value > before)
            #expect(try client.receive() == .error(bytes("ERR max number of clients reached")))
            #expect(throws: Reply.Failure.closed) { try client.receive() }
        }
    }

    /// A close with bytes unread resets the connection, and the peer loses what is still to be sent: so they are read first.
    @Test func discardedInputDoesNotResetTheConnection() throws {
        let listener = try listen()
        var client = try Client(port: listener.port, wireProtocol: .resp2, timeout: 20)
        try client.send(bytes: bytes("never read"))
        try answerAndClose(listener)
        #expect(try client.receive() == .status(bytes("BYE")))
        var buffer = ByteBuffer()
        // After a reset, this would throw.
        guard case .endOfStream = try client.descriptor.read(into: &buffer, atMost: 1) else {
            Issue.record("not the end")
            return
        }
    }

    private func answerAndClose(_ listener: borrowing Listener) throws {
        let descriptor = try listener.connection()
        try descriptor.setTimeout(seconds: 20)
        var buffer = ByteBuffer()
        // Once a byte of it is here, all of it is.
        #expect(try descriptor.readFull(into: &buffer, until: 1))
        buffer = ByteBuffer(bytes("+BYE\r\n"))
        try descriptor.writeAll(from: &buffer)
        descriptor.discardInput()
    }

    @Test func nobodyConnectsWhereNobodyListens() {
        // Nobody can listen at port 0.
        let error = #expect(throws: Reply.Failure.self) { _ = try Client(port: 0, wireProtocol: .resp2, timeout: 20) }
        guard case .system(let text) = error else {
            Issue.record("\(String(describing: error))" as Comment)
            return
        }
        #expect(text.hasPrefix("connect: "))
        #expect(text.hasSuffix(": is a server listening at 127.0.0.1:0?"))
    }
}
