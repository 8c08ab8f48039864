// Bytes that were a valid stream once, and bytes that never were.

import LabKit
import TestSupport

extension RedisGenerator {
    /// A valid stream with a few bytes flipped, dropped, doubled, inserted or moved.
    mutating func mutatedStream() -> [UInt8] {
        var stream = steps().prefix(12).joined().flatMap { random.oneIn(3) ? $0.line : $0.array }
        for _ in 0..<1 + random.below(4) where !stream.isEmpty { mutate(&stream) }
        return stream
    }

    private mutating func mutate(_ stream: inout [UInt8]) {
        let index = random.below(stream.count)
        let end = min(stream.count, index + 1 + random.below(8))
        switch random.below(8) {
        case 0: stream[index] = oddByte(after: index == 0 ? nil : stream[index - 1])
        case 1: stream[index] ^= 1 << UInt8(random.below(8))
        case 2: stream.removeSubrange(index..<end)
        case 3: stream.insert(contentsOf: stream[index..<end], at: index)
        case 4: stream.insert(oddByte(after: index == 0 ? nil : stream[index - 1]), at: index)
        case 5: stream.insert(contentsOf: oddText(), at: index)
        case 6: stream.removeSubrange(index...)
        default: changeNumber(&stream, from: index)
        }
    }

    /// Any byte, those that mean something more often. A zero byte does not follow a letter: Redis may or may not
    /// take `SET\0` for `SET`, depending on how it hashes.
    private mutating func oddByte(after last: UInt8?) -> UInt8 {
        let byte = random.oneIn(2) ? random.pick("*$\r\n\0\"' -09\\".bytes) : UInt8(random.below(256))
        let isLetter = last.map { (UInt8(ascii: "a")...UInt8(ascii: "z")).contains($0 | 0x20) } ?? false
        return byte == 0 && isLetter ? UInt8(ascii: "*") : byte
    }

    private mutating func oddText() -> [UInt8] {
        let texts = [
            "\r\n", "\n", "*0\r\n", "*-1\r\n", "*1\r\n", "$0\r\n\r\n", "$-1\r\n", "*2\r\n$4\r\nECHO\r\n", "PING\r\n",
            "\"",
            "*1\r\n$4\r\nQUIT\r\n", "99999999999999999999", "+OK\r\n",
        ]
        return random.pick(texts).bytes
    }

    /// Replaces the next digits by another number: counts and lengths that are not true.
    private mutating func changeNumber(_ stream: inout [UInt8], from index: Int) {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
        guard let start = stream[index...].firstIndex(where: { digits.contains($0) }) else { return }
        let end = stream[start...].firstIndex { !digits.contains($0) } ?? stream.count
        let numbers = ["0", "1", "2", "3", "7", "10", "-1", "1024", "536870912", "536870913", "2147483648", "00", ""]
        stream.replaceSubrange(start..<end, with: random.pick(numbers).utf8)
    }

    /// Random bytes: all kinds, or those of which requests are made.
    mutating func garbage() -> [UInt8] {
        let count = random.below(random.oneIn(8) ? 3000 : 200)
        if random.oneIn(3) { return random.bytes(count) }
        let letters = "**$$\r\n\r\n\r\n0123-\"'\\x \0abPING".bytes
        let bytes = (0..<count).map { _ in random.pick(letters) }
        return random.oneIn(2) ? bytes : "*1\r\n".bytes + bytes
    }
}
