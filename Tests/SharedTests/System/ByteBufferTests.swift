// ByteBuffer against the simplest thing that behaves like it, an array; and that its memory stays bounded.

import LabKit
import TestSupport
import Testing

@testable import Shared

@Suite("ByteBuffer") struct ByteBufferTests {
    /// However it became empty: read to the end, cut off, or never filled.
    @Test func holdsNoMemoryWhileItIsEmpty() {
        var buffer = ByteBuffer(bytes("abc"))
        buffer.consume(3)
        #expect(buffer.capacity == 0)
        buffer.append("abc")
        buffer.consume(1)
        buffer.truncate(to: 0)
        #expect(buffer.capacity == 0)
        #expect(buffer.append(atMost: 100) { _, _ in 0 } == 0)
        #expect(buffer.append(atMost: 100) { _, _ in -1 } == -1)
        #expect(buffer.capacity == 0)
        buffer.append("")
        #expect(buffer.capacity == 0)
        #expect(buffer.bytes.copy == [])
        buffer.append(text: String("d\u{e9}"))
        #expect(buffer.bytes.copy == [0x64, 0xC3, 0xA9])
    }

    @Test func appendsWhatWasFilledIn() {
        var buffer = ByteBuffer(bytes("ab"))
        let appended = buffer.append(atMost: 100) { start, room in
            #expect(room == 100)
            start[0] = UInt8(ascii: "c")
            return 1
        }
        #expect(appended == 1)
        #expect(buffer.append(atMost: 100) { _, _ in -1 } == -1)
        #expect(buffer.append(atMost: 100) { _, _ in 0 } == 0)
        #expect(buffer.bytes.copy == bytes("abc"))
    }

    @Test func replacesAnIntegerInPlace() {
        var buffer = ByteBuffer(bytes("..12345."))
        buffer.consume(2)
        buffer.replaceUInt32(at: 1, with: 0x0403_0201)
        #expect(buffer.bytes.copy == [UInt8(ascii: "1"), 1, 2, 3, 4, UInt8(ascii: ".")])
    }

    @Test func lendsItsBytesToC() {
        var buffer = ByteBuffer()
        #expect(buffer.withUnsafeReadableBytes { start, count in start == nil ? count : -1 } == 0)
        buffer.append("xyz")
        buffer.consume(1)
        #expect(buffer.withUnsafeReadableBytes { start, count in Int(start![0]) * 10 + count } == 1212)
    }

    /// Every operation in random order, checked against an array after each.
    @Test func behavesLikeAnArray() throws {
        var random = SplitMix()
        var buffer = ByteBuffer()
        var model: [UInt8] = []
        for step in 0..<4000 {
            let operation = random.below(7)
            switch operation {
            case 0...2:
                let added = random.bytes(random.below([4, 100, 3000][operation]))
                buffer.append(added.span)
                model += added
            case 3:
                buffer.append(UInt8(truncatingIfNeeded: step))
                model.append(UInt8(truncatingIfNeeded: step))
            case 4:
                let kept = model.count - random.below(min(model.count, 50) + 1)
                buffer.truncate(to: kept)
                model.removeLast(model.count - kept)
            default:
                // Now and then all of it: only then is the memory given back.
                let count = random.below(10) == 0 ? model.count : random.below(model.count + 1)
                buffer.consume(count)
                model.removeFirst(count)
            }
            try #require(buffer.capacity > 0 || model.isEmpty)
            try #require(buffer.capacity == 0 || !model.isEmpty, "step \(step): it is empty, and holds memory")
            try #require(buffer.bytes.copy == model, "step \(step), seed \(SplitMix.seed)")
        }
    }
}
