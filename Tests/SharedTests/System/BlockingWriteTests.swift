// writeAll: everything goes out, however little the peer and the kernel take at a time.

import Glibc
import Testing

@testable import Shared

@Suite("writeAll") struct BlockingWriteTests {
    /// What one thread writes, another reads slowly, and then answers with it all. With signals, the writer's `write`
    /// returns early, with a part.
    @Test(arguments: [(200_000, false), (100_000, true)])
    func goesOnAfterShortWrites(count: Int, signals: Bool) throws {
        var pair = try SocketPair()
        let near = pair.near.take()!
        try near.setSmallSendBuffer()
        let writer = signals ? ObservedThread() : nil
        onThread(with: pair.far.take()!) { far in
            var received = ByteBuffer()
            var reads = 0
            while received.count < count, case .bytes? = try? far.read(into: &received, atMost: 1000) {
                reads += 1
                // The writer has put a part of its bytes into the kernel, and waits there with the rest.
                if reads < 20 { writer?.interrupt() }
            }
            try? far.writeAll(from: &received)
        }
        let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 3) }
        var buffer = ByteBuffer(message)
        try near.writeAll(from: &buffer)
        #expect(buffer.count == 0)
        #expect(try near.readFull(into: &buffer, until: count))
        #expect(buffer.bytes.copy == message)
    }

    @Test func nothingToWriteIsNotWritten() throws {
        let pair = try SocketPair()
        var buffer = ByteBuffer()
        try pair.near!.writeAll(from: &buffer)
        try pair.near!.setShortTimeout()
        #expect(failure { try pair.readFull(&buffer, until: 1) } == "read: \(timedOut)")
    }

    @Test func givesUpOnAPeerThatDoesNotRead() throws {
        let pair = try SocketPair()
        try pair.near!.setShortTimeout()
        try pair.near!.setSmallSendBuffer()
        var buffer = ByteBuffer([UInt8](repeating: 1, count: 4 << 20))
        #expect(failure { try pair.near!.writeAll(from: &buffer) } == "write: \(timedOut)")
        // What was written was taken off, and nothing else.
        #expect(buffer.count > 0 && buffer.count < 4 << 20)
    }

    @Test func aPeerThatIsGoneIsAnError() throws {
        var pair = try SocketPair()
        pair.far = nil
        var buffer = ByteBuffer(bytes("abc"))
        #expect(failure { try pair.near!.writeAll(from: &buffer) } == "write: Broken pipe (errno 32)")
        #expect(buffer.count == 3)
    }
}
