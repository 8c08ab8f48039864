// Addresses and options of sockets: the parts of the socket interface that are C at its most C.

import CLinux
@preconcurrency @unsafe import Glibc

/// Finds the address that `host` and `port` name; the caller frees it.
/// The corresponding C function is `getaddrinfo`.
func resolve(host: String, port: Int) throws(SystemCallError) -> UnsafeMutablePointer<addrinfo> {
    var hints = unsafe addrinfo()
    unsafe hints.ai_flags = AI_PASSIVE
    unsafe hints.ai_socktype = CInt(SOCK_STREAM.rawValue)
    var result: UnsafeMutablePointer<addrinfo>?
    let code = unsafe getaddrinfo(host, "\(port)", &hints, &result)
    guard code == 0, let result = unsafe result else {
        let reason = unsafe String(cString: gai_strerror(code))
        throw SystemCallError("getaddrinfo", reason: reason, remedy: "'\(host)' names no address; check --host")
    }
    return unsafe result
}

/// The port a socket is bound to.
/// The corresponding C function is `getsockname`.
public func localPort(of number: CInt) throws(SystemCallError) -> Int {
    var address = sockaddr_storage()
    var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
    let result = unsafe withUnsafeMutablePointer(to: &address) {
        unsafe $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { unsafe getsockname(number, $0, &length) }
    }
    guard result == 0 else { throw SystemCallError("getsockname") }
    // The port is at the same place in an IPv4 and an IPv6 address.
    return unsafe withUnsafeBytes(of: &address) {
        unsafe Int(UInt16(bigEndian: $0.loadUnaligned(fromByteOffset: 2, as: UInt16.self)))
    }
}

/// Sets a socket option.
/// The corresponding C function is `setsockopt`.
func setOption<Value: BitwiseCopyable>(
    _ number: CInt, _ level: CInt, _ option: CInt, to value: Value
) throws(SystemCallError) {
    var value = value
    guard unsafe setsockopt(number, level, option, &value, socklen_t(MemoryLayout<Value>.size)) == 0 else {
        throw SystemCallError("setsockopt")
    }
}

extension FileDescriptor {
    /// Connects to a server. The calls on the descriptor block, for `timeout` seconds at most.
    /// The corresponding C functions are `socket` and `connect`.
    static func connect(host: String, port: Int, timeout: Int) throws(SystemCallError) -> FileDescriptor {
        let address = try unsafe resolve(host: host, port: port)
        defer { unsafe freeaddrinfo(address) }
        let type = CInt(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        let number = unsafe socket(address.pointee.ai_family, type, 0)
        guard number >= 0 else { throw SystemCallError("socket") }
        let descriptor = FileDescriptor(owning: number)
        try descriptor.setTimeout(seconds: timeout)
        try setOption(number, CInt(IPPROTO_TCP), TCP_NODELAY, to: CInt(1))
        guard unsafe Glibc.connect(number, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0 else {
            throw SystemCallError("connect", remedy: "is a server listening at \(host):\(port)?")
        }
        return descriptor
    }

    /// Makes a blocking `read` or `write` give up after this many seconds, as if it would block; 0 for never.
    /// The corresponding C function is `setsockopt`.
    ///
    /// - Throws: what it reports; EINVAL when the peer is gone.
    public borrowing func setTimeout(seconds: Int) throws(SystemCallError) {
        let time = timeval(tv_sec: seconds, tv_usec: 0)
        try setOption(rawValue, SOL_SOCKET, SO_RCVTIMEO, to: time)
        try setOption(rawValue, SOL_SOCKET, SO_SNDTIMEO, to: time)
    }
}
