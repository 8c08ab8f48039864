// What a client may send at most, and that sizes which were only announced cost nothing.

import Testing

@testable import Shared

// One at a time: several requests of the greatest length together are more than all clients may hold.
@Suite("RESP limits", .serialized) struct RESPLimitTests {
    private func xs(_ count: Int) -> String { String(repeating: "x", count: count) }

    /// Three lines, and how much of each is too much of it: its first byte counts, its end does not. Where a zero byte hides
    /// the end, there is at some point too much of the line.
    @Test(arguments: [
        ("", "x", ProtocolError.Line.inline), ("", "*", .argumentCount), ("*1\r\n", "$", .bulkLength),
        ("", "PI\0NG\r\n", .inline), ("", "*1\0\r\n", .argumentCount), ("*1\r\n", "$4\0\r\n", .bulkLength),
    ])
    func aLineHoldsUpTo64KB(before: String, start: String, line: ProtocolError.Line) {
        let longest = start + xs(RESPCodec.maxLineLength - start.utf8.count)
        #expect(decode(bytes(before + longest), .resp2) == Outcome())
        #expect(decode(bytes(before + longest + "x"), .resp2).error == .lineTooLong(line))
        // The bytes before the line are not its own.
        #expect(decode(bytes("PING\r\n" + before + longest), .resp2) == Outcome(words: [["PING"]]))
    }

    @Test func theLongestLineIsStillARequest() {
        let word = "x" + xs(RESPCodec.maxLineLength - 2)
        #expect(decode(pieces: [bytes(word), bytes("\r\n")], .resp2) == Outcome(words: [[word]]))
        let none = "x\n" + xs(RESPCodec.maxLineLength)
        #expect(decode(pieces: [bytes("*1\r\n"), bytes(none)], .resp2).error == .lineTooLong(.bulkLength))
    }

    @Test func countsGoUpToTheLargestCInt() {
        #expect(decode(bytes("*2147483647\r\n"), .resp2) == Outcome())
        #expect(decode(bytes("*2147483648\r\n"), .resp2).error == .invalidArgumentCount)
    }

    /// A billion arguments and half a gigabyte, announced in some bytes: nothing is set aside for them.
    @Test func announcedSizesCostNothing() {
        var decoder = StreamDecoder(.resp2)
        decoder.receive(bytes("*1000000000\r\n$536870912\r\n"))
        #expect(decoder.outcome == Outcome())
        #expect(decoder.input.decoded.slices.capacity == 0)
        #expect(decoder.input.decoded.awaited == 1_000_000_000)
        #expect(decoder.needed == 13 + 12 + 512 << 20 + 2)
        decoder.receive(bytes("abc"))
        #expect(decoder.input.decoded.slices.capacity == 0)
        #expect(decode(bytes("*2\r\n$99999999999\r\n"), .resp2).error == .invalidBulkLength)
    }

    @Test func theLongestBulkStringIsDecoded() {
        var decoder = StreamDecoder(.resp2)
        decoder.receive(bytes("*1\r\n$536870912\r\n"))
        decoder.input.bytes.reserve(RESPCodec.maxBulkLength + 2)
        decoder.input.bytes.appendUnwritten(RESPCodec.maxBulkLength + 1)
        guard case .incomplete(let needed) = decoder.decode() else {
            Issue.record("one byte is missing")
            return
        }
        #expect(needed == decoder.input.bytes.count + 1)
        decoder.input.bytes.appendUnwritten(1)
        decoder.expectComplete()
        #expect(decoder.input.decoded.slices[0].count == UInt32(RESPCodec.maxBulkLength))
    }

    /// However the pieces fall, and whatever is still missing: an argument, its length, or the rest of it.
    @Test(arguments: ["", "$", "$5\r\nab"])
    func aRequestThatGrowsWithoutEndIsRefused(rest: String) {
        var decoder = StreamDecoder(.resp2)
        decoder.input.bytes.reserve(RESPCodec.maxRequestLength + 1000)
        decoder.receive(bytes("*4\r\n"))
        for _ in 0..<2 {
            decoder.receive(bytes("$536870912\r\n"))
            decoder.input.bytes.appendUnwritten(RESPCodec.maxBulkLength + 2)
        }
        decoder.receive(bytes(rest))
        #expect(decoder.outcome.error == .requestTooLong)
    }
}
