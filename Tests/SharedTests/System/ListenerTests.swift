// Where connections arrive: the port, the new clients, and what is said when listening fails.

import Glibc
import Testing

@testable import Shared

@Suite("Listener") struct ListenerTests {
    @Test func acceptsAndKnowsItsPort() throws {
        let listener = try Listener()
        #expect(listener.port > 0)
        var conversation = try Conversation(.resp2, listener)
        try conversation.client.send(bytes: bytes("hello"))
        #expect(try conversation.heard(5) == bytes("hello"))
        let server = conversation.server.take()!
        #expect(try localPort(of: server.rawValue) == listener.port)
    }

    @Test func withoutBlockingNoConnectionIsAnAnswer() throws {
        let listener = try Listener(isBlocking: false)
        if case .noConnection = try listener.accept() { return }
        Issue.record("there is one")
    }

    /// The connections of a listener that does not block do not block either.
    @Test(arguments: [true, false]) func connectionsBlockAsTheListenerDoes(isBlocking: Bool) throws {
        var conversation = try Conversation(.resp2, Listener(isBlocking: isBlocking))
        let server = conversation.server.take()!
        #expect((fcntl(server.rawValue, F_GETFL) & O_NONBLOCK == 0) == isBlocking)
        #expect(fcntl(server.rawValue, F_GETFD) & FD_CLOEXEC != 0)
    }

    /// By default, the kernel holds a small packet back until the one before it is acknowledged (Nagle's algorithm).
    @Test func smallRepliesAreNotHeldBack() throws {
        let conversation = try Conversation(.resp2)
        let isOn = conversation.server!.option(CInt(IPPROTO_TCP), TCP_NODELAY, initial: CInt(0))
        #expect(isOn != 0, "an accepted connection has no TCP_NODELAY: its replies may be held back")
    }

    /// What is set on the listener costs no call for each connection, if they have it.
    @Test func connectionsInheritKeepAlive() throws {
        var conversation = try Conversation(.resp2)
        let server = conversation.server.take()!
        func option(_ level: CInt, _ name: CInt) -> CInt { server.option(level, name, initial: -1) }
        #expect(option(SOL_SOCKET, SO_KEEPALIVE) == 1)
        #expect(option(CInt(IPPROTO_TCP), TCP_KEEPIDLE) == 60)
        #expect(option(CInt(IPPROTO_TCP), TCP_KEEPINTVL) == 20)
        #expect(option(CInt(IPPROTO_TCP), TCP_KEEPCNT) == 3)
        // What was written and not taken can be asked for.
        #expect(FileDescriptor.unsentBytes(server.rawValue) == 0)
    }

    @Test func aPortInUseIsNamed() throws {
        let listener = try Listener()
        let remedy = "port \(listener.port) is in use; choose another with --port (0 picks a free one)"
        let error = failure {
            _ = try Listener(host: "127.0.0.1", port: listener.port, isBlocking: true)
        }
        #expect(error == "bind: Address already in use (errno 98): \(remedy)")
        // Used to the end, and so not closed before it.
        listener.descriptor.endWriting()
    }

    /// No name at all: it is refused without asking any name server.
    @Test func aHostThatIsNoneIsNamed() {
        let error = #expect(throws: SystemCallError.self) {
            _ = try Listener(host: "a..b", port: 0, isBlocking: true)
        }
        #expect(error?.code == 0)
        #expect(error?.description.hasPrefix("getaddrinfo: ") == true)
        #expect(error?.description.hasSuffix(": 'a..b' names no address; check --host") == true)
    }

    /// An address for examples, which no machine has (RFC 5737).
    @Test func anAddressOfAnotherMachineIsNamed() {
        let reason = "Cannot assign requested address (errno 99)"
        let error = failure {
            _ = try Listener(host: "192.0.2.1", port: 0, isBlocking: true)
        }
        #expect(error == "bind: \(reason): --host 192.0.2.1 is not an address of this machine")
    }

    @Test(arguments: [WireProtocol.resp2, .lengthPrefixed])
    func aRejectedClientIsToldWhy(_ wireProtocol: WireProtocol) throws {
        var conversation = try Conversation(wireProtocol)
        let before = Statistics.rejected.value
        conversation.server.take()!.reject(wireProtocol)
        #expect(Statistics.rejected.value > before)
        #expect(try conversation.client.receive() == .error(bytes("ERR max number of clients reached")))
        #expect(throws: Reply.Failure.closed) { try conversation.client.receive() }
    }

    /// A close with bytes unread resets the connection, and the peer loses what is still to be sent: so they are read first.
    @Test func discardedInputDoesNotResetTheConnection() throws {
        var conversation = try Conversation(.resp2)
        try conversation.client.send(bytes: bytes("never read"))
        // Once a byte of it is here, all of it is.
        #expect(try conversation.heard(1) == bytes("n"))
        try conversation.answer(bytes("+BYE\r\n"))
        conversation.server!.discardInput()
        conversation.server = nil
        #expect(try conversation.client.receive() == .status(bytes("BYE")))
        var buffer = ByteBuffer()
        // After a reset, this would throw.
        let end = try conversation.client.descriptor.read(into: &buffer, atMost: 1)
        #expect(end == .endOfStream)
    }

    @Test func nobodyConnectsWhereNobodyListens() {
        // Nobody can listen at port 0.
        let words = "connect: Connection refused (errno 111): is a server listening at 127.0.0.1:0?"
        #expect(throws: Reply.Failure.system(words)) {
            _ = try Client(port: 0, wireProtocol: .resp2, timeout: 20)
        }
    }
}
