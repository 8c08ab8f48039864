// Many connections on which nothing is said.

@preconcurrency import Glibc

/// Connections to a port of this machine, open until `close`.
public final class IdleConnections {
    private let port: Int
    private var numbers: [CInt] = []

    public init(port: Int) {
        self.port = port
    }

    deinit {
        close()
    }

    public var count: Int { numbers.count }

    /// Opens further ones, until there are `wanted`.
    ///
    /// - Returns: why there are fewer; nil when there are not.
    public func open(upTo wanted: Int) -> String? {
        var address = Load.loopback(port)
        while numbers.count < wanted {
            let number = socket(AF_INET, CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
            guard number >= 0 else { return "socket: \(String(cString: strerror(errno)))" }
            // A server that is slow to accept makes `connect` wait, and one that has died must not make it hang.
            var timeout = timeval(tv_sec: 20, tv_usec: 0)
            setsockopt(number, SOL_SOCKET, SO_SNDTIMEO, &timeout, socklen_t(MemoryLayout<timeval>.size))
            let result = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(number, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard result == 0 else {
                let reason = String(cString: strerror(errno))
                Glibc.close(number)
                return "connect: \(reason)"
            }
            numbers.append(number)
        }
        return nil
    }

    /// Those that the server has not closed.
    public var openCount: Int {
        var entries = numbers.map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
        guard !entries.isEmpty, poll(&entries, nfds_t(entries.count), 0) > 0 else { return entries.count }
        return entries.count { $0.revents == 0 }
    }

    public func close() {
        for number in numbers { Glibc.close(number) }
        numbers = []
    }
}
