// One read and one write on a descriptor that does not block, and who closes it.

import Glibc
import Testing

@testable import Shared

@Suite("FileDescriptor") struct FileDescriptorTests {
    @Test func readsAsMuchAsThereIs() throws {
        let pair = try SocketPair(isBlocking: false)
        var buffer = ByteBuffer()
        guard case .wouldBlock = try pair.near!.read(into: &buffer, atMost: 100) else {
            Issue.record("nothing was sent yet")
            return
        }
        try pair.send("hello")
        guard case .bytes(3) = try pair.near!.read(into: &buffer, atMost: 3),
            case .bytes(2) = try pair.near!.read(into: &buffer, atMost: 100)
        else {
            Issue.record("three bytes, and two")
            return
        }
        #expect(buffer.bytes.copy == bytes("hello"))
        pair.far!.shutdown(.writing)
        for _ in 0..<2 {
            guard case .endOfStream = try pair.near!.read(into: &buffer, atMost: 100) else {
                Issue.record("the end stays the end")
                return
            }
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
        guard case .wouldBlock = try pair.near!.write(from: &buffer) else {
            Issue.record("there was no room")
            return
        }
        #expect(buffer.count == rest)
    }

    @Test func isClosedWithItsOwner() throws {
        var pair = try SocketPair()
        pair.far = nil
        var buffer = ByteBuffer()
        guard case .endOfStream = try pair.near!.read(into: &buffer, atMost: 1) else {
            Issue.record("the other end is still open")
            return
        }
    }

    @Test func isNotClosedOnceGivenUp() throws {
        var pair = try SocketPair()
        let number = pair.far.take()!.release()
        let owner = FileDescriptor(owning: number)
        var buffer = ByteBuffer(bytes("x"))
        try owner.writeAll(from: &buffer)
        #expect(try pair.readFull(&buffer, until: 1) == .complete)
    }

    @Test func timeoutsAreSet() throws {
        var pair = try SocketPair()
        let descriptor = pair.near.take()!
        try descriptor.setTimeout(seconds: 7)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            var time = timeval()
            var length = socklen_t(MemoryLayout<timeval>.size)
            #expect(getsockopt(descriptor.number, SOL_SOCKET, option, &time, &length) == 0)
            #expect(time.tv_sec == 7)
        }
    }

    /// A descriptor that is no socket has no socket's options, and no port.
    @Test func noSocketHasNoOptions() {
        let directory = FileDescriptor(owning: open("/", O_RDONLY | O_CLOEXEC))
        do throws(SystemCallError) {
            try directory.setTimeout(seconds: 1)
            Issue.record("set an option of a directory")
        } catch {
            #expect(error.code == ENOTSOCK)
            #expect("\(error.call)" == "setsockopt")
        }
        do throws(SystemCallError) {
            _ = try localPort(of: directory.number)
            Issue.record("a directory has a port")
        } catch {
            #expect("\(error.call)" == "getsockname")
        }
    }
}
