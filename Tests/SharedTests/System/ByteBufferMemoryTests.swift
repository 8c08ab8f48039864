// What a ByteBuffer costs: consuming moves nothing, and what was consumed is room again.

import Testing

@testable import Shared

@Suite("ByteBuffer's memory") struct ByteBufferMemoryTests {
    /// Where the readable bytes lie. It says what no result can: whether they were moved.
    private func address(_ buffer: borrowing ByteBuffer) -> Int {
        buffer.withUnsafeReadableBytes { start, _ in Int(bitPattern: start) }
    }

    @Test func consumingMovesNothing() {
        var buffer = ByteBuffer([UInt8](repeating: 1, count: 100_000))
        let start = address(buffer)
        let moved = (1...1000).first { consumed in
            buffer.consume(14)
            return address(buffer) != start + 14 * consumed
        }
        #expect(moved == nil, "moved after so many pieces")
    }

    /// The beginning of the next request does not hold what the one before it took.
    @Test func littleThatIsLeftMovesToASmallPlace() {
        var buffer = ByteBuffer([UInt8](repeating: 1, count: 1 << 20))
        buffer.append(bytes("rest").span)
        buffer.consume(1 << 20)
        #expect(buffer.capacity <= 1024)
        #expect(buffer.bytes.copy == bytes("rest"))
        buffer.append(bytes(" and more").span)
        buffer.consume(4)
        #expect(buffer.bytes.copy == bytes(" and more"))
    }

    /// Megabytes go through in small pieces, and there is always a part of one left, as there is between two reads.
    @Test func staysSmallWhileAStreamGoesThrough() {
        var buffer = ByteBuffer(bytes("rest"))
        let piece = [UInt8](repeating: 2, count: 1000)
        var largest = 0
        for _ in 0..<4000 {
            buffer.append(piece.span)
            largest = max(largest, buffer.capacity)
            buffer.consume(1000)
        }
        #expect(buffer.count == 4)
        #expect(largest <= 4096, "4 MB went through it")
        buffer.consume(4)
        #expect(buffer.capacity == 0)
    }

    /// Each byte is moved at most once for each time it is read past: the moved bytes never exceed the consumed.
    @Test func reclaimingIsAmortised() {
        var buffer = ByteBuffer()
        let piece = [UInt8](repeating: 3, count: 100)
        for _ in 0..<50 { buffer.append(piece.span) }
        var consumed = 0
        var moved = 0
        for _ in 0..<20_000 {
            buffer.consume(100)
            consumed += 100
            let before = (address: address(buffer), count: buffer.count)
            buffer.append(piece.span)
            if address(buffer) != before.address { moved += before.count }
        }
        #expect(moved <= consumed, "moved \(moved) bytes for \(consumed) consumed")
        #expect(moved > 0)
    }

    /// A buffer that grows in small steps is moved a few times, not at every append.
    @Test func growsByDoubling() {
        var buffer = ByteBuffer()
        #expect(buffer.capacity == 0)
        let piece = [UInt8](repeating: 4, count: 64)
        var capacities: [Int] = []
        while buffer.count < 1 << 20 {
            buffer.append(piece.span)
            if buffer.capacity != capacities.last { capacities.append(buffer.capacity) }
        }
        #expect(capacities == (10...20).map { 1 << $0 })
    }

    /// With little in it, what was large for one request is given back, and what is large for nobody is kept; with
    /// nothing in it, all is given back.
    @Test func keepsLittleForLittleAndNothingForNothing() {
        for (size, isKept) in [(1 << 10, true), (64 << 10, true), (64 << 10 + 1, false), (1 << 20, false)] {
            var buffer = ByteBuffer()
            buffer.reserve(size)
            buffer.append("ab")
            buffer.consume(1)
            #expect((buffer.capacity == size) == isKept, "\(size) bytes for one")
            buffer.consume(1)
            #expect(buffer.capacity == 0, "\(size) bytes for none")
        }
    }

    @Test func reservedRoomIsNotMovedAgain() {
        var buffer = ByteBuffer(bytes("a"))
        buffer.reserve(5000)
        let start = address(buffer)
        for _ in 0..<5000 { buffer.append(UInt8(0)) }
        #expect(address(buffer) == start)
        #expect(buffer.count == 5001)
    }
}
