// The socket that connections arrive at: socket, bind, listen, accept.

import CLinux
@preconcurrency @unsafe import Glibc

/// What one `accept` brought.
public enum Accepted: ~Copyable {
    case connection(FileDescriptor)
    /// Nobody is waiting, or whoever was has gone again.
    case nobody
    /// Somebody is waiting, but there is no descriptor (EMFILE, ENFILE) or memory for them now. Trying again at once
    /// would spin: the newcomer is still there. Try after some time, or when a connection has been closed.
    case outOfResources
    /// `StopSignal` has shut the listener down.
    case stopped
}

/// A listening socket.
public struct Listener: ~Copyable, Sendable {
    /// What `poll` and `epoll` watch for newcomers.
    public let descriptor: FileDescriptor
    /// The port it listens on: the kernel's choice where 0 was asked for.
    public let port: Int

    /// Connections that the kernel completes and keeps until they are accepted. They are connected, though nobody
    /// serves them yet. Generous, so that a burst of newcomers is not refused; net.core.somaxconn caps it.
    private static let backlog: CInt = 4096

    /// Listens at `options.host` and `options.port`.
    /// The corresponding C functions are `getaddrinfo`, `socket`, `bind` and `listen`.
    ///
    /// - Parameter isBlocking: whether `accept`, and the calls on the connections it returns, wait.
    /// - Throws: what these calls report; with a remedy where the user has one.
    public init(_ options: ServerOptions, isBlocking: Bool) throws(SystemCallError) {
        let descriptor = try Self.bind(options, isBlocking: isBlocking)
        guard listen(descriptor.number, Self.backlog) == 0 else { throw SystemCallError("listen") }
        port = try localPort(of: descriptor.number)
        self.descriptor = descriptor
        self.isBlocking = isBlocking
    }

    private static func bind(
        _ options: ServerOptions, isBlocking: Bool
    ) throws(SystemCallError) -> FileDescriptor {
        let address = try unsafe resolve(host: options.host, port: options.port)
        defer { unsafe freeaddrinfo(address) }
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (isBlocking ? 0 : SOCK_NONBLOCK.rawValue)
        let number = unsafe socket(address.pointee.ai_family, CInt(type), 0)
        guard number >= 0 else { throw SystemCallError("socket") }
        let descriptor = FileDescriptor(owning: number)
        // Without it, a port stays in use for a minute after its connections have ended.
        try setOption(number, SOL_SOCKET, SO_REUSEADDR, to: CInt(1))
        guard unsafe Glibc.bind(number, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            throw SystemCallError("bind", remedy: bindRemedy(options, code: errno))
        }
        return descriptor
    }

    private let isBlocking: Bool

    /// Takes the connection that has waited longest.
    /// The corresponding C function is `accept4`.
    ///
    /// - Throws: what is the server's own fault; a newcomer's trouble is `.nobody`.
    public borrowing func accept() throws(SystemCallError) -> Accepted {
        let (listener, flags) = (descriptor.number, SOCK_CLOEXEC.rawValue | (isBlocking ? 0 : SOCK_NONBLOCK.rawValue))
        let number = retryingOnInterrupt { accept4(listener, nil, nil, CInt(flags)) }
        if number >= 0 {
            let connection = FileDescriptor(owning: number)
            // A reply is one write, and nothing will be added to it: Nagle's algorithm, which holds a small packet
            // back until the one before it is acknowledged, could only delay it. No error: the peer may be gone.
            try? setOption(number, CInt(IPPROTO_TCP), TCP_NODELAY, to: CInt(1))
            return .connection(connection)
        }
        switch errno {
        // The kernel looks for a descriptor before it looks at the listener: it says so also of one that is shut down.
        case EMFILE, ENFILE, ENOBUFS, ENOMEM: return StopSignal.isRaised ? .stopped : .outOfResources
        case EINVAL where StopSignal.isRaised: return .stopped
        // The newcomer's own network trouble is reported here; it is none of the server's.
        case EAGAIN, ECONNABORTED, EPROTO, EPERM, ENETDOWN, ENOPROTOOPT, EHOSTDOWN, EHOSTUNREACH, EOPNOTSUPP,
            ENETUNREACH, ENONET, ETIMEDOUT:
            return .nobody
        default: throw SystemCallError("accept4")
        }
    }

    private static func bindRemedy(_ options: ServerOptions, code: CInt) -> String? {
        switch code {
        case EADDRINUSE: "port \(options.port) is in use; choose another with --port (0 picks a free one)"
        case EACCES: "port \(options.port) is reserved; choose one above 1023 with --port"
        case EADDRNOTAVAIL: "--host \(options.host) is no address of this machine"
        default: nil
        }
    }
}

extension FileDescriptor {
    /// Tells a newcomer above the limit why, and closes. One write: what does not fit is not worth waiting for.
    /// The corresponding C function is `write`.
    public consuming func refuse(encoding: Encoding) {
        Statistics.rejected.add()
        var replies = Replies(encoding: encoding)
        replies.appendTooManyConnections()
        _ = try? write(from: &replies.buffer)
    }
}
