// The small parts: errors in words, counters, clocks, threads.

import Glibc
import Testing

@testable import Shared

@Suite("Errors, counters, clocks, threads") struct SystemTests {
    @Test func anErrorIsOneLine() {
        #expect(SystemCallError("read", code: ECONNRESET).description == "read: Connection reset by peer (errno 104)")
        let error = SystemCallError("bind", code: EACCES, remedy: "choose another port")
        #expect(error.description == "bind: Permission denied (errno 13): choose another port")
        #expect(error.code == EACCES)
        #expect(SystemCallError("f", reason: "no reason", remedy: nil).description == "f: no reason")
        errno = ENOENT
        let taken = SystemCallError("open")
        #expect(taken.code == ENOENT)
    }

    @Test func interruptedCallsAreMadeAgain() {
        var calls = 0
        let result = retryingOnInterrupt {
            calls += 1
            errno = calls < 4 ? EINTR : EIO
            return calls < 5 ? -1 : 7
        }
        #expect(result == -1)
        #expect(calls == 4)
        #expect(retryingOnInterrupt { 7 } == 7)
    }

    @Test func countersCount() {
        let counter = Counter()
        #expect(counter.value == 0)
        counter.add()
        counter.add(10)
        counter.add(-3)
        #expect(counter.addReturningValue() == 9)
        #expect(counter.value == 9)
        #expect(Statistics.summary(requests: 123).contains(" connections, 123 requests; "))
    }

    @Test func clocksGoOn() {
        let start = Clock.monotonic
        Clock.pause()
        #expect(Clock.monotonic >= start)
        // After 2020, and before the year 3000: milliseconds, not seconds or microseconds.
        #expect((1_577_836_800_000...32_503_680_000_000).contains(Clock.realTime))
    }

    /// Each thread adds its part while it is alone; what one throws does not leave the lock behind.
    @Test func aLockLetsOneInAtATime() throws {
        struct Refused: Error, Equatable {}
        final class Shared: Sendable {
            let sum = Locked(0)
            let far: FileDescriptor
            init(_ far: consuming FileDescriptor) { self.far = far }
        }
        var pair = try SocketPair()
        let shared = Shared(pair.far.take()!)
        #expect(throws: Refused()) { try shared.sum.withLock { _ throws(Refused) in throw Refused() } }
        for _ in 0..<4 {
            onThread {
                for _ in 0..<1000 { shared.sum.withLock { $0 += 1 } }
                var done = ByteBuffer(bytes("x"))
                try? shared.far.writeAll(from: &done)
            }
        }
        var buffer = ByteBuffer()
        #expect(try pair.readFull(&buffer, until: 4))
        #expect(shared.sum.withLock { $0 } == 4000)
    }

    @Test func aBoxSharesWhatCannotBeCopied() throws {
        var pair = try SocketPair()
        let box = Box(ByteBuffer(bytes("one ")))
        let same = [box, box]
        same[1].value.append("two")
        #expect(same[0].value.count == 7)
        // What it owns goes with the last reference to it.
        var boxes = [Box(pair.far.take()!)]
        boxes.append(boxes[0])
        boxes.removeFirst()
        try pair.near!.setShortTimeout()
        var buffer = ByteBuffer()
        #expect(failure { try pair.readFull(&buffer, until: 1) } == "read: \(timedOut)")
        boxes.removeFirst()
        #expect(try pair.readFull(&buffer, until: 1) == false)
    }
}
