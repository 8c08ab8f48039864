// Peers that vanish, as when a cable is pulled, and servers that find it out in seconds. A server asks a silent peer
// after a minute: so a test reaches for the server's listener and has its kernel ask after a second.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

extension TestClient {
    /// From now on the kernel throws away what comes for this socket, before TCP sees it: no question of the server's is
    /// answered, though nothing was closed or reset.
    func vanish() throws {
        // A program of one instruction, "keep nothing" (BPF_RET | BPF_K, 0), as linux/filter.h lays it out.
        var instruction: UInt64 = 6
        try withUnsafeMutablePointer(to: &instruction) { pointer in
            var program = (count: UInt16(1), instructions: pointer)
            let size = socklen_t(MemoryLayout.size(ofValue: program))
            try #require(setsockopt(descriptor, SOL_SOCKET, SO_ATTACH_FILTER, &program, size) == 0)
        }
    }
}

extension ServerProcess {
    // Not shown by Swift's Glibc module; older C libraries do not have them.
    private typealias Pidfd = @convention(c) (pid_t, CUnsignedInt) -> CInt
    private typealias PidfdDescriptor = @convention(c) (CInt, CInt, CUnsignedInt) -> CInt

    /// Has the kernel ask new connections' peers after a second of silence, once, and wait a second for the answer. It asks
    /// at all only if the server wants it to.
    ///
    /// - Returns: whether that is possible here: it needs a recent C library, and to be allowed what a debugger does.
    @discardableResult
    func hastenKeepAlive() -> Bool {
        guard let open = dlsym(nil, "pidfd_open"), let get = dlsym(nil, "pidfd_getfd") else { return false }
        let process = unsafeBitCast(open, to: Pidfd.self)(pid, 0)
        defer { close(process) }
        var count = 0
        for number in 0..<CInt(32) {
            // A second descriptor for the same socket: its options are the server's, too.
            let socket = unsafeBitCast(get, to: PidfdDescriptor.self)(process, number, 0)
            if socket < 0 { continue }
            defer { close(socket) }
            var isListening: CInt = 0
            var size = socklen_t(MemoryLayout<CInt>.size)
            getsockopt(socket, SOL_SOCKET, SO_ACCEPTCONN, &isListening, &size)
            if isListening == 0 { continue }
            count += 1
            for option in [TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT] {
                var value: CInt = 1
                setsockopt(socket, CInt(IPPROTO_TCP), option, &value, size)
            }
        }
        return count > 0
    }
}
