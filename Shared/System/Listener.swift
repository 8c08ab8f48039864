// The socket that connections arrive at: socket, bind, listen, accept.

import CLinux
@preconcurrency @unsafe import Glibc

/// What one `accept` brought.
public enum AcceptResult: ~Copyable {
    case connection(FileDescriptor)
    /// No connection is waiting, or the one that was waiting has gone.
    case noConnection
    /// One is waiting, but there is no descriptor (EMFILE, ENFILE) or memory for it now. Trying again at once would
    /// spin, because it stays there. Try after some time, or when a connection has been closed.
    case outOfResources
    /// `StopSignal` has shut the listener down.
    case stopped
}

/// A listening socket.
public struct Listener: ~Copyable, Sendable {
    /// What `poll` and `epoll` watch for new connections.
    public let descriptor: FileDescriptor
    /// The port it listens on: the kernel's choice if 0 was asked for.
    public let port: Int
    private let isBlocking: Bool

    /// How many connections the kernel completes and keeps until they are accepted. They are connected, though not
    /// served yet. Generous, to absorb a burst; net.core.somaxconn caps it.
    private static let backlog: CInt = 4096

    /// Starts listening.
    /// The corresponding C functions are `getaddrinfo`, `socket`, `bind` and `listen`.
    ///
    /// - Parameters:
    ///   - host: an address of this machine, or a name of one.
    ///   - port: 0 lets the kernel pick a free one.
    ///   - isBlocking: whether `accept`, and the calls on the connections it returns, wait.
    /// - Throws: what these calls report, with a remedy if the user has one.
    public init(host: String, port: Int, isBlocking: Bool) throws(SystemCallError) {
        try self.init(Self.bind(host: host, port: port, isBlocking: isBlocking), isBlocking: isBlocking)
    }

    /// Listens at the same port as `other`, whose connections do not block: the kernel then deals new connections out
    /// among the two, by a hash of the client's address and port, whichever of them is busy.
    /// The corresponding C functions are those above, and `setsockopt` with SO_REUSEPORT.
    ///
    /// - Parameter host: the same that `other` was given.
    public init(sharingPortOf other: borrowing Listener, host: String) throws(SystemCallError) {
        // Only now, after it was bound: with the option from the start, a second server would be let in at this port
        // too, and take half of the clients, without a word.
        try setOption(other.descriptor.rawValue, SOL_SOCKET, SO_REUSEPORT, to: CInt(1))
        let descriptor = try Self.bind(host: host, port: other.port, isBlocking: false, sharesPort: true)
        try self.init(descriptor, isBlocking: false)
    }

    private init(_ descriptor: consuming FileDescriptor, isBlocking: Bool) throws(SystemCallError) {
        guard listen(descriptor.rawValue, Self.backlog) == 0 else { throw SystemCallError("listen") }
        port = try localPort(of: descriptor.rawValue)
        self.descriptor = descriptor
        self.isBlocking = isBlocking
    }

    private static func bind(
        host: String, port: Int, isBlocking: Bool, sharesPort: Bool = false
    ) throws(SystemCallError) -> FileDescriptor {
        let address = try unsafe resolve(host: host, port: port)
        defer { unsafe freeaddrinfo(address) }
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (isBlocking ? 0 : SOCK_NONBLOCK.rawValue)
        let number = unsafe socket(address.pointee.ai_family, CInt(type), 0)
        guard number >= 0 else { throw SystemCallError("socket") }
        let descriptor = FileDescriptor(owning: number)
        // Without this, a port stays in use for a minute after its connections have ended.
        try setOption(number, SOL_SOCKET, SO_REUSEADDR, to: CInt(1))
        if sharesPort { try setOption(number, SOL_SOCKET, SO_REUSEPORT, to: CInt(1)) }
        // Inherited by every connection. A reply is one complete write, so Nagle's algorithm, which holds a small
        // packet back until the one before it is acknowledged, could only delay it.
        try setOption(number, CInt(IPPROTO_TCP), TCP_NODELAY, to: CInt(1))
        try keepAlive(number)
        if unsafe address.pointee.ai_family == AF_INET6 {
            // `::` means every IPv6 address, and no IPv4 one. Where both are meant is not to depend on the system's
            // setting.
            try setOption(number, CInt(IPPROTO_IPV6), IPV6_V6ONLY, to: CInt(1))
        }
        guard unsafe Glibc.bind(number, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            throw SystemCallError("bind", remedy: bindRemedy(host: host, port: port, code: errno))
        }
        return descriptor
    }

    /// Seconds of silence after which the kernel asks a peer whether it is still there ...
    private static let keepAliveIdle: CInt = 60
    /// ... and again, this many seconds apart ...
    private static let keepAliveInterval: CInt = 20
    /// ... up to so often without an answer: a peer that has vanished (its machine or its network has; a program that
    /// ends says so) is gone after two minutes. Without, it would keep its descriptor for ever.
    private static let keepAliveProbes: CInt = 3

    /// Inherited by every connection, too. (A peer that vanishes with a reply in flight is not asked: the kernel sends
    /// that again and again, and gives up after a quarter of an hour. TCP_USER_TIMEOUT would be earlier, and would also
    /// cut off a client that just does not read for so long.)
    private static func keepAlive(_ number: CInt) throws(SystemCallError) {
        try setOption(number, SOL_SOCKET, SO_KEEPALIVE, to: CInt(1))
        try setOption(number, CInt(IPPROTO_TCP), TCP_KEEPIDLE, to: keepAliveIdle)
        try setOption(number, CInt(IPPROTO_TCP), TCP_KEEPINTVL, to: keepAliveInterval)
        try setOption(number, CInt(IPPROTO_TCP), TCP_KEEPCNT, to: keepAliveProbes)
    }

    /// Takes the connection that has waited longest.
    /// The corresponding C function is `accept4`.
    ///
    /// - Throws: errors of the server itself. Those of the new connection are `.noConnection`.
    public borrowing func accept() throws(SystemCallError) -> AcceptResult {
        let (listener, flags) = (descriptor.rawValue, SOCK_CLOEXEC.rawValue | (isBlocking ? 0 : SOCK_NONBLOCK.rawValue))
        let number = retryingOnInterrupt { accept4(listener, nil, nil, CInt(flags)) }
        return try Self.result(number >= 0 ? number : -errno)
    }

    /// What an `accept` has brought, whichever code made the call.
    ///
    /// - Parameter number: the new descriptor; or errno, negative.
    /// - Throws: what is the server's own fault. A new connection's trouble is `.noConnection`.
    public static func result(_ number: CInt) throws(SystemCallError) -> AcceptResult {
        if number >= 0 { return .connection(FileDescriptor(owning: number)) }
        switch -number {
        // The kernel looks for a free descriptor first, so it reports these even when the listener is shut down.
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return StopSignal.isRaised ? .stopped : .outOfResources
        case EINVAL where StopSignal.isRaised: return .stopped
        // Network errors of the new connection are reported here; they are not the server's.
        case EAGAIN, ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP,
            ENETUNREACH, ENONET, ETIMEDOUT:
            return .noConnection
        default: throw SystemCallError("accept4", code: -number)
        }
    }

    private static func bindRemedy(host: String, port: Int, code: CInt) -> String? {
        switch code {
        case EADDRINUSE: "port \(port) is in use; choose another with --port (0 picks a free one)"
        case EACCES: "port \(port) is reserved; choose one above 1023 with --port"
        case EADDRNOTAVAIL: "--host \(host) is not an address of this machine"
        default: nil
        }
    }
}
