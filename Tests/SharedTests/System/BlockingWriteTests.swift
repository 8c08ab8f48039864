// writeAll: everything goes out, however little the peer and the kernel take at a time.

import Glibc
import Testing

@testable import Shared

@Suite("writeAll") struct BlockingWriteTests {
    /// A thread that reads `count` bytes slowly, and then answers with them all.
    private func startEcho(_ far: consuming FileDescriptor, count: Int, _ writer: ObservedThread? = nil) {
        onThread(with: far) { far in
            var received = ByteBuffer()
            var reads = 0
            while received.count < count, case .bytes? = try? far.read(into: &received, atMost: 1000) {
                reads += 1
                // The writer has put a part of its bytes into the kernel, and waits there with the rest: a signal
                // now makes its `write` return early, with the part.
                if reads < 20 { writer?.interrupt() }
            }
            try? far.writeAll(from: &received)
        }
    }

    private func echo(_ pair: consuming SocketPair, _ message: [UInt8], _ writer: ObservedThread?) throws {
        let near = pair.near.take()!
        try near.setSmallSendBuffer()
        startEcho(pair.far.take()!, count: message.count, writer)
        var buffer = ByteBuffer(message)
        try near.writeAll(from: &buffer)
        #expect(buffer.count == 0)
        #expect(try near.readFull(into: &buffer, until: message.count))
        #expect(buffer.bytes.copy == message)
    }

    @Test func waitsForASlowReader() throws {
        try echo(SocketPair(), (0..<200_000).map { UInt8(truncatingIfNeeded: $0 / 3) }, nil)
    }

    @Test func goesOnAfterShortWrites() throws {
        try echo(SocketPair(), (0..<100_000).map { UInt8(truncatingIfNeeded: $0 / 5) }, ObservedThread())
    }

    @Test func nothingToWriteIsNotWritten() throws {
        let pair = try SocketPair()
        var buffer = ByteBuffer()
        try pair.near!.writeAll(from: &buffer)
        try pair.near!.setShortTimeout()
        pair.expectTimeout(&buffer, until: 1)
    }

    @Test func givesUpOnAPeerThatDoesNotRead() throws {
        let pair = try SocketPair()
        try pair.near!.setShortTimeout()
        try pair.near!.setSmallSendBuffer()
        var buffer = ByteBuffer([UInt8](repeating: 1, count: 4 << 20))
        let error = #expect(throws: SystemCallError.self) { try pair.near!.writeAll(from: &buffer) }
        error.map { SocketPair.expectTimeout($0, of: "write") }
        // What was written was taken off, and nothing else.
        #expect(buffer.count > 0 && buffer.count < 4 << 20)
    }

    @Test func aPeerThatIsGoneIsAnError() throws {
        var pair = try SocketPair()
        pair.far = nil
        var buffer = ByteBuffer(bytes("abc"))
        let error = #expect(throws: SystemCallError.self) { try pair.near!.writeAll(from: &buffer) }
        #expect(error?.code == EPIPE)
        #expect(error?.description == "write: Broken pipe (errno 32)")
        #expect(buffer.count == 3)
    }
}
