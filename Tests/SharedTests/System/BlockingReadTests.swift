// readFull: whole messages out of a stream that arrives in pieces, ends anywhere, and is interrupted.

import Glibc
import Testing

@testable import Shared

@Suite("readFull") struct BlockingReadTests {
    @Test func readsWhatIsThereAndNotAByteMore() throws {
        let pair = try SocketPair()
        try pair.send("hello world")
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 5))
        #expect(buffer.bytes.copy == bytes("hello"))
        #expect(try pair.readFull(&buffer, until: 5))
        #expect(try pair.readFull(&buffer, until: 0))
        #expect(try pair.readFull(&buffer, until: 11))
        #expect(buffer.bytes.copy == bytes("hello world"))
    }

    /// Each piece is sent when the reader has taken the one before, and sleeps until there is more.
    @Test func goesOnAfterShortReads() throws { try receiveByteByByte(signals: 0) }

    /// A signal handler runs while the thread is blocked in `read`: before the first byte, and between two.
    @Test func goesOnAfterSignals() throws { try receiveByteByByte(signals: 3) }

    private func receiveByteByByte(signals: Int) throws {
        var pair = try SocketPair()
        let reader = ObservedThread()
        onThread(with: pair.far.take()!) { far in
            for byte in "message".utf8 {
                for _ in 0..<signals { reader.interrupt() }
                reader.waitUntilAsleep()
                var piece = ByteBuffer([byte])
                try? far.writeAll(from: &piece)
            }
        }
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 7))
        #expect(buffer.bytes.copy == bytes("message"))
        #expect(try pair.readFull(&buffer, until: 8) == false, "the far end closed")
        #expect(buffer.bytes.copy == bytes("message"))
    }

    /// Between two messages, or in the middle of one: what has arrived of it is there.
    @Test func tellsThatThePeerClosed() throws {
        let pair = try SocketPair()
        try pair.send("abcde")
        pair.far!.endWriting()
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 3))
        buffer.consume(3)
        for arrived in ["de", ""] {
            #expect(try pair.readFull(&buffer, until: 3) == false)
            #expect(text(buffer.bytes.copy) == arrived)
            buffer.consume(arrived.utf8.count)
        }
    }

    @Test func givesUpWhenNothingComes() throws {
        let pair = try SocketPair()
        try pair.near!.setShortTimeout()
        var buffer = ByteBuffer()
        #expect(failure { try pair.readFull(&buffer, until: 3) } == "read: \(timedOut)")
        try pair.send("ab")
        #expect(failure { try pair.readFull(&buffer, until: 3) } == "read: \(timedOut)")
        #expect(buffer.bytes.copy == bytes("ab"))
        try pair.send("c")
        #expect(try pair.readFull(&buffer, until: 3))
    }

    /// Code that knows the number can end the reading: before it begins, and while a thread is blocked in it.
    @Test func endsWhenReadingIsEnded() throws {
        var pair = try SocketPair()
        let near = pair.near.take()!
        let number = near.rawValue
        let reader = ObservedThread()
        onThread {
            reader.waitUntilAsleep()
            FileDescriptor.endReading(number)
        }
        var buffer = ByteBuffer()
        for _ in 0..<2 { #expect(try near.readFull(into: &buffer, until: 1) == false) }
        // Writing has not ended.
        var reply = ByteBuffer(bytes("x"))
        try near.writeAll(from: &reply)
        #expect(try pair.far!.readFull(into: &buffer, until: 1))
    }

    /// What is announced costs no memory: a client that says 32 MB and sends little gets little.
    @Test func anAnnouncedMessageCostsLittle() throws {
        let pair = try SocketPair()
        try pair.near!.setShortTimeout()
        try pair.send("abc")
        var buffer = ByteBuffer()
        #expect(failure { try pair.readFull(&buffer, until: 32 << 20) } == "read: \(timedOut)")
        #expect(buffer.capacity < 256 << 10)
    }

    @Test func reportsWhatReadReports() throws {
        let directory = FileDescriptor(owning: open("/", O_RDONLY | O_CLOEXEC))
        var buffer = ByteBuffer(bytes("kept"))
        #expect(failure { try directory.readFull(into: &buffer, until: 10) } == "read: Is a directory (errno 21)")
        #expect(buffer.bytes.copy == bytes("kept"))
    }
}
