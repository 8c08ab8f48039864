// readFull: whole messages out of a stream that arrives in pieces, ends anywhere, and is interrupted.

import Glibc
import Testing

@testable import Shared

@Suite("readFull") struct BlockingReadTests {
    @Test func readsWhatIsThereAndNotAByteMore() throws {
        let pair = try SocketPair()
        try pair.send("hello world")
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 5) == .complete)
        #expect(buffer.bytes.copy == bytes("hello"))
        #expect(try pair.readFull(&buffer, until: 5) == .complete)
        #expect(try pair.readFull(&buffer, until: 0) == .complete)
        #expect(try pair.readFull(&buffer, until: 11) == .complete)
        #expect(buffer.bytes.copy == bytes("hello world"))
    }

    /// Each piece is sent when the reader has taken the one before, and sleeps for want of more.
    @Test func goesOnAfterShortReads() throws {
        var pair = try SocketPair()
        let reader = ObservedThread()
        let number = pair.far.take()!.release()
        onThread {
            let far = FileDescriptor(owning: number)
            for byte in "message".utf8 {
                reader.waitUntilAsleep()
                var piece = ByteBuffer([byte])
                try? far.writeAll(from: &piece)
            }
        }
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 7) == .complete)
        #expect(buffer.bytes.copy == bytes("message"))
        #expect(try pair.readFull(&buffer, until: 8) == .truncated)
    }

    /// A signal handler runs while the thread is blocked in `read`: before the first byte, and between two.
    @Test func goesOnAfterSignals() throws {
        var pair = try SocketPair()
        let reader = ObservedThread()
        let number = pair.far.take()!.release()
        onThread {
            let far = FileDescriptor(owning: number)
            for byte in "abc".utf8 {
                for _ in 0..<3 { reader.interrupt() }
                var piece = ByteBuffer([byte])
                try? far.writeAll(from: &piece)
            }
        }
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 3) == .complete)
        #expect(buffer.bytes.copy == bytes("abc"))
    }

    /// A message longer than one `read` takes.
    @Test func readsLongMessages() throws {
        var pair = try SocketPair()
        let message = (0..<300_000).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let number = pair.far.take()!.release()
        onThread {
            let far = FileDescriptor(owning: number)
            var buffer = ByteBuffer(message)
            try? far.writeAll(from: &buffer)
        }
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: message.count) == .complete)
        #expect(buffer.bytes.copy == message)
    }

    /// The end of a conversation, and the end of a message that is none.
    @Test func tellsTheTwoEndsApart() throws {
        let pair = try SocketPair()
        try pair.send("abc")
        pair.far!.shutdown(.writing)
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 3) == .complete)
        buffer.consume(3)
        #expect(try pair.readFull(&buffer, until: 3) == .endOfStream)

        let other = try SocketPair()
        try other.send("abc")
        other.far!.shutdown(.writing)
        #expect(try other.readFull(&buffer, until: 4) == .truncated)
        #expect(buffer.bytes.copy == bytes("abc"))
    }

    @Test func givesUpWhenNothingComes() throws {
        let pair = try SocketPair()
        try pair.near!.setShortTimeout()
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 3) == .timedOut)
        try pair.send("ab")
        #expect(try pair.readFull(&buffer, until: 3) == .timedOut)
        #expect(buffer.bytes.copy == bytes("ab"))
        try pair.send("c")
        #expect(try pair.readFull(&buffer, until: 3) == .complete)
    }

    @Test func endingTheReadingSideEndsTheStream() throws {
        let pair = try SocketPair()
        pair.near!.shutdown(.reading)
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 1) == .endOfStream)
    }

    @Test func whoKnowsTheNumberCanEndTheReading() throws {
        var pair = try SocketPair()
        let near = pair.near.take()!
        FileDescriptor.endReading(near.number)
        var buffer = ByteBuffer()
        let result = try near.readFull(into: &buffer, until: 1)
        #expect(result == .endOfStream)
    }

    /// What is announced costs no memory: a client that says 32 MB and sends little gets little.
    @Test func anAnnouncedMessageCostsLittle() throws {
        let pair = try SocketPair()
        try pair.near!.setShortTimeout()
        try pair.send("abc")
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 32 << 20) == .timedOut)
        #expect(buffer.capacity < 256 << 10)
    }

    @Test func reportsWhatReadReports() throws {
        let directory = FileDescriptor(owning: open("/", O_RDONLY | O_CLOEXEC))
        var buffer = ByteBuffer(bytes("kept"))
        do throws(SystemCallError) {
            _ = try directory.readFull(into: &buffer, until: 10)
            Issue.record("read a directory")
        } catch {
            #expect(error.code == EISDIR)
            #expect(error.description == "read: Is a directory (errno 21)")
        }
        #expect(buffer.bytes.copy == bytes("kept"))
    }
}
