// One read and one write on a descriptor that does not block, and who closes it.

import Glibc
import Testing

@testable import Shared

@Suite("FileDescriptor") struct FileDescriptorTests {
    @Test func readsAsMuchAsThereIs() throws {
        let pair = try SocketPair(isBlocking: false)
        var buffer = ByteBuffer()
        #expect(try pair.near!.read(into: &buffer, atMost: 100) == .wouldBlock, "nothing was sent yet")
        try pair.send("hello")
        #expect(try pair.near!.read(into: &buffer, atMost: 3) == .bytes(3))
        #expect(try pair.near!.read(into: &buffer, atMost: 100) == .bytes(2))
        #expect(buffer.bytes.copy == bytes("hello"))
        pair.far!.endWriting()
        for _ in 0..<2 {
            #expect(try pair.near!.read(into: &buffer, atMost: 100) == .endOfStream, "the end stays the end")
        }
    }

    @Test func writesAsMuchAsThereIsRoomFor() throws {
        let pair = try SocketPair(isBlocking: false)
        try pair.near!.setSmallSendBuffer()
        let all = 8 << 20
        var buffer = ByteBuffer([UInt8](repeating: 1, count: all))
        guard case .bytes(let count) = try pair.near!.write(from: &buffer) else {
            Issue.record("there was room")
            return
        }
        #expect(count > 0 && count < all)
        #expect(buffer.count == all - count, "what did not fit is still to be written")
        // With nothing in it, the loop would have no end.
        if buffer.isEmpty { return }
        while case .bytes = try pair.near!.write(from: &buffer) {}
        let rest = buffer.count
        #expect(try pair.near!.write(from: &buffer) == .wouldBlock, "there was no room")
        #expect(buffer.count == rest)
    }

    @Test func timeoutsAreSet() throws {
        var pair = try SocketPair()
        let descriptor = pair.near.take()!
        try descriptor.setTimeout(seconds: 7)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            #expect(descriptor.option(SOL_SOCKET, option, initial: timeval()).tv_sec == 7)
        }
    }

    /// A descriptor that is no socket has no socket's options, and no port.
    @Test func noSocketHasNoOptions() {
        let directory = FileDescriptor(owning: open("/", O_RDONLY | O_CLOEXEC))
        let reason = "Socket operation on non-socket (errno 88)"
        #expect(failure { try directory.setTimeout(seconds: 1) } == "setsockopt: \(reason)")
        #expect(failure { try localPort(of: directory.rawValue) } == "getsockname: \(reason)")
    }
}
