// The binary protocol's frames: however they arrive, and whatever their lengths claim.

import LabKit
import Testing

@testable import Shared

@Suite("LengthPrefixedCodec") struct LengthPrefixedCodecTests {
    private func request(_ arguments: [[UInt8]]) -> [UInt8] { WireProtocol.lengthPrefixed.encode(arguments) }

    private static let requests: [[[UInt8]]] = [
        [bytes("PING")],
        [bytes("SET"), bytes("key"), bytes("value")],
        [bytes("ECHO"), []],
        [[], [], []],
        [[0, 255, 13, 10, 0]],
        [bytes("SET"), bytes("long"), [UInt8](repeating: 0xAB, count: 300)],
        (0..<50).map { bytes("argument \($0)") },
    ]

    @Test func encodesAsDocumented() {
        let expected: [UInt8] = [15, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 71, 69, 84, 0, 0, 0, 0]
        #expect(request([bytes("GET"), []]) == expected)
    }

    @Test(arguments: requests)
    func decodesHoweverItIsTorn(_ arguments: [[UInt8]]) {
        expect(request(arguments), .lengthPrefixed, gives: Outcome(requests: [arguments]))
    }

    @Test func decodesManyFramesOfOneBuffer() {
        let stream = Self.requests.flatMap { request($0) }
        expect(stream, .lengthPrefixed, gives: Outcome(requests: Self.requests))
        let first = request(Self.requests[1])
        expect(first + stream.prefix(5), .lengthPrefixed, gives: Outcome(requests: [Self.requests[1]]))
    }

    /// A blocking server reads exactly what is asked for: one byte more would be the next message's.
    @Test func asksForTheLengthAndThenForTheRest() {
        let stream = request([bytes("PING")])
        var decoder = StreamDecoder(.lengthPrefixed)
        decoder.receive([])
        #expect(decoder.needed == 4)
        decoder.receive(stream.prefix(4))
        #expect(decoder.needed == stream.count)
        decoder.receive(stream[4..<11])
        #expect(decoder.needed == stream.count)
        decoder.receive(stream[11...])
        #expect(decoder.outcome == Outcome(requests: [[bytes("PING")]]))
        #expect(decoder.needed == 4)
    }

    private static let name = integer(4) + bytes("PING")

    /// Each with a good request before it, which is still executed, and bytes after it, which are not looked at.
    @Test(
        arguments: [
            ("an empty frame", [], .malformedFrame),
            ("half a count", [1, 0], .malformedFrame),
            ("no arguments", integer(0), .malformedFrame),
            ("no arguments, and bytes", integer(0) + name, .malformedFrame),
            ("fewer arguments than announced", integer(2) + name, .malformedFrame),
            ("half a length", integer(2) + name + [1, 0, 0], .malformedFrame),
            ("an argument longer than the frame", integer(1) + integer(5) + bytes("PING"), .malformedFrame),
            ("the longest argument there is", integer(1) + integer(.max) + bytes("PING"), .malformedFrame),
            ("trailing bytes", integer(1) + name + [0], .malformedFrame),
            ("a trailing argument", integer(1) + name + name, .malformedFrame),
            ("the most arguments there are", integer(.max) + name, .tooManyArguments),
            ("one argument too many", integer(1025) + name, .tooManyArguments),
        ] as [(String, [UInt8], ProtocolError)])
    func refusesFramesThatAreNone(_ what: String, _ body: [UInt8], _ error: ProtocolError) {
        let ping = request([bytes("PING")])
        let outcome = Outcome(requests: [[bytes("PING")]], error: error)
        expect(ping + frame(body) + ping, .lengthPrefixed, gives: outcome)
    }

    @Test func limitsAreInclusive() {
        let most = [[UInt8]](repeating: [], count: LengthPrefixedCodec.maxArguments)
        #expect(decode(request(most), .lengthPrefixed) == Outcome(requests: [most]))
        #expect(decode(request(most + [[]]), .lengthPrefixed).error == .tooManyArguments)
        #expect(decode(integer(32 << 20), .lengthPrefixed) == Outcome())
        #expect(decode(integer(32 << 20 + 1), .lengthPrefixed).error == .frameTooLong)
        #expect(decode(integer(.max), .lengthPrefixed).error == .frameTooLong)
    }

    @Test func theLongestFrameIsDecoded() {
        var decoder = StreamDecoder(.lengthPrefixed)
        let argument = LengthPrefixedCodec.maxFrameLength - 8
        decoder.receive(integer(32 << 20) + integer(1) + integer(UInt32(argument)))
        #expect(decoder.needed == 4 + 32 << 20)
        decoder.input.bytes.appendUnwritten(argument)
        decoder.expectComplete()
        #expect(decoder.input.decoded.slices[0].count == UInt32(argument))
    }

    /// Sizes that were only announced take no memory.
    @Test func announcedSizesCostNothing() {
        var decoder = StreamDecoder(.lengthPrefixed)
        decoder.receive(integer(32 << 20) + integer(1024) + integer(1 << 24))
        #expect(decoder.input.decoded.slices.capacity == 0)
        #expect(decoder.input.decoded.requests.capacity == 0)
        decoder = StreamDecoder(.lengthPrefixed)
        decoder.receive(frame(integer(1024) + integer(1 << 24)))
        #expect(decoder.outcome.error == .malformedFrame)
        #expect(decoder.input.decoded.slices.capacity == 0)
    }
}
