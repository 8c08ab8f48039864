// Streams that nobody thought of: random requests, damaged at random. Nothing may trap, and a stream must mean the same
// however it is torn into pieces, for TCP tears it anywhere.

import LabKit
import TestSupport
import Testing

@testable import Shared

/// A random stream, and the requests in it.
struct RandomStream {
    var bytes: [UInt8] = []
    var requests: [[[UInt8]]] = []

    /// Requests of both kinds, some without arguments.
    init(requests count: Int, _ random: inout SplitMix) {
        for _ in 0..<count {
            let arguments = (0..<random.below(5)).map { _ in random.bytes(random.below(20)) }
            if !arguments.isEmpty { requests.append(arguments) }
            if Bool.random(using: &random) {
                bytes += WireProtocol.resp2.encode(arguments)
            } else {
                appendLine(arguments, &random)
            }
        }
    }

    /// Every byte as an escape, or as it is where that is allowed.
    private mutating func appendLine(_ arguments: [[UInt8]], _ random: inout SplitMix) {
        for argument in arguments {
            let isPlain = !argument.isEmpty && argument.allSatisfy { (UInt8(ascii: "a")...0x7A).contains($0) }
            if isPlain {
                bytes += argument
            } else {
                let escapes = argument.map { ($0 < 16 ? "\\x0" : "\\x") + String($0, radix: 16) }
                bytes += Array("\"\(escapes.joined())\"".utf8)
            }
            bytes += Array(["  ", " ", "\t"].randomElement(using: &random)!.utf8)
        }
        bytes += Array(["\r\n", "\n"].randomElement(using: &random)!.utf8)
    }

    /// Changes, removes, adds and repeats bytes, most of them such as mean something.
    mutating func damage(_ random: inout SplitMix) {
        let meaningful = Array("*$\r\n \"'\\-0129x\0".utf8)
        for _ in 0..<random.below(4) where !bytes.isEmpty {
            let index = random.below(bytes.count)
            switch random.below(5) {
            case 0: bytes[index] = UInt8(truncatingIfNeeded: random.next())
            case 1: bytes[index] = meaningful.randomElement(using: &random)!
            case 2: bytes.insert(meaningful.randomElement(using: &random)!, at: index)
            case 3: bytes.removeSubrange(index..<min(bytes.count, index + 1 + random.below(5)))
            default:
                let repeated = bytes[index..<min(bytes.count, index + 1 + random.below(30))]
                bytes.insert(contentsOf: repeated, at: index)
            }
        }
    }

    /// The same bytes in pieces of random sizes.
    func torn(_ random: inout SplitMix) -> [ArraySlice<UInt8>] {
        var pieces: [ArraySlice<UInt8>] = []
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = 1 + random.below(40)
            pieces.append(rest.prefix(count))
            rest = rest.dropFirst(count)
        }
        return pieces
    }
}

@Suite("RESP, random streams") struct RESPFuzzTests {
    @Test func everyRandomStreamIsDecoded() throws {
        var random = SplitMix()
        for round in 0..<150 {
            // Some have more requests than are decoded ahead.
            let stream = RandomStream(requests: round % 10 == 0 ? 100 : 8, &random)
            let torn = decode(pieces: stream.torn(&random), .resp2, executing: random.below(4))
            try #require(torn == Outcome(requests: stream.requests), "round \(round), seed \(SplitMix.seed)")
        }
    }

    @Test(arguments: [WireProtocol.resp2, .lengthPrefixed])
    func damagedStreamsMeanTheSameHoweverTheyAreTorn(_ wireProtocol: WireProtocol) throws {
        var random = SplitMix()
        var errors = 0
        for round in 0..<600 {
            var stream = RandomStream(requests: 4, &random)
            if wireProtocol == .lengthPrefixed { stream.bytes = stream.requests.flatMap { wireProtocol.encode($0) } }
            stream.damage(&random)
            let whole = decode(stream.bytes, wireProtocol)
            if whole.error != nil { errors += 1 }
            let torn = decode(pieces: stream.torn(&random), wireProtocol, executing: random.below(4))
            try #require(torn == whole, "round \(round), seed \(SplitMix.seed): \(stream.bytes)")
        }
        // Enough of them were damaged, and not all of them were past hope.
        #expect(errors > 60 && errors < 540)
    }

}
