// What has arrived and is not executed yet: requests decoded ahead, and what is left of the bytes when they are done.

import Testing

@testable import Shared

@Suite("RequestBuffer") struct RequestBufferTests {
    /// A decoder that has received `stream` and decoded what it decodes at once.
    private func decoder(_ stream: String) -> StreamDecoder {
        var decoder = StreamDecoder(.resp2)
        decoder.input.bytes.append(text: stream)
        _ = decoder.decode()
        return decoder
    }

    @Test func oneReadAsksForMoreOfALongRequest() {
        var input = RequestBuffer()
        #expect(input.readSize == 16 << 10)
        input.bytes.appendUnwritten(100_000)
        #expect(input.readSize == 100_000)
        input.bytes.appendUnwritten(1 << 20)
        #expect(input.readSize == 256 << 10)
    }

    /// The bytes stay as long as a decoded request refers to them.
    @Test func bytesAreDroppedBehindTheLastDecodedRequest() {
        var decoder = decoder("PING\r\nGET k\r\nPI")
        #expect(decoder.input.decoded.requests.count == 2)
        #expect(decoder.input.bytes.count == 15)
        decoder.executeFirst()
        #expect(decoder.input.bytes.count == 15)
        decoder.executeFirst()
        #expect(decoder.input.bytes.bytes.copy == bytes("PI"))
        #expect(decoder.input.decoded.isEmpty && decoder.input.decoded.position == 0)
        #expect(decoder.outcome == Outcome(words: [["PING"], ["GET", "k"]]))
    }

    @Test func theBinaryProtocolIsDecodedOneByOne() {
        var decoder = StreamDecoder(.lengthPrefixed)
        for _ in 0..<3 { LengthPrefixedCodec.encodeRequest([bytes("PING")], into: &decoder.input.bytes) }
        for left in [2, 1, 0] {
            _ = decoder.decode()
            #expect(decoder.input.decoded.requests.count == 1)
            decoder.executeFirst()
            #expect(decoder.input.bytes.count == left * 16)
        }
    }

    /// As long as one is decoded and not executed, nothing is decoded: not what has arrived since, and not the bad line.
    @Test func whatIsDecodedIsExecutedFirst() {
        var decoder = decoder("PING\r\n")
        decoder.input.bytes.append("PING\r\nPING \"\r\n")
        for _ in 0..<3 { decoder.expectComplete() }
        #expect(decoder.input.decoded.requests.count == 1)
        decoder.execute()
        #expect(decoder.outcome == Outcome(words: [["PING"], ["PING"]], error: .unbalancedQuotes))
    }

    @Test func aBatchStopsAt32Requests() {
        var decoder = decoder(String(repeating: "PING\r\n", count: 70) + "PI")
        for (batch, left) in [(32, 38), (32, 6), (6, 0)] {
            _ = decoder.decode()
            #expect(decoder.input.decoded.requests.count == batch)
            for _ in 0..<batch { decoder.executeFirst() }
            #expect(decoder.input.bytes.count == left * 6 + 2)
        }
        decoder.receive(bytes("NG\r\n"))
        #expect(decoder.outcome == Outcome(words: [[String]](repeating: ["PING"], count: 71)))
    }

    /// A request may start before the limit and end behind it; none starts there.
    @Test(arguments: [(64 << 10 - 1, 2), (64 << 10, 1), (64 << 10 + 1, 1), (1 << 20, 1)])
    func aBatchStartsNoRequestBehind64KB(firstLength: Int, batch: Int) {
        let word = String(repeating: "x", count: firstLength - 7)
        var decoder = decoder("ECHO \(word)\r\nPING\r\nPING\r\n")
        #expect(decoder.input.decoded.requests[0].end == firstLength)
        #expect(decoder.input.decoded.requests.count == batch)
        decoder.execute()
        #expect(decoder.outcome == Outcome(words: [["ECHO", word], ["PING"], ["PING"]]))
    }

    /// A line that is no request, behind others, is decoded again when they are done.
    @Test func wordsOfAMalformedLineDoNotPileUp() {
        var decoder = decoder("PING\r\na 'b' \"c\r\n")
        #expect(decoder.input.decoded.slices.count == 1)
        #expect(decoder.input.decoded.unquoted.isEmpty)
        decoder.executeFirst()
        for _ in 0..<3 {
            guard case .malformed(.unbalancedQuotes) = decoder.decode() else {
                Issue.record("a quote is missing")
                return
            }
        }
        #expect(decoder.input.decoded.slices.isEmpty)
        #expect(decoder.input.decoded.unquoted.isEmpty)
    }

    /// After the others of its batch, a request that has arrived in part is decoded again from its start; and then it
    /// goes on where it stopped.
    @Test func aPartBehindOthersIsDecodedAgainOnce() {
        var decoder = decoder("*2\r\n$3\r\nGET\r\n$1\r\na\r\n" + #"ECHO "b c""# + "\r\n*3\r\n$3\r\nSET\r\n$3\r\nke")
        #expect(decoder.input.decoded.requests.count == 2)
        #expect(decoder.input.decoded.awaited == 2)
        decoder.executeFirst()
        decoder.executeFirst()
        #expect(decoder.input.bytes.bytes.copy == bytes("*3\r\n$3\r\nSET\r\n$3\r\nke"))
        #expect(decoder.input.decoded.awaited == 0 && decoder.input.decoded.position == 0)
        for piece in ["y\r\n", "$5\r\n"] {
            decoder.receive(bytes(piece))
            #expect(decoder.input.decoded.awaited == 1)
            #expect(decoder.input.decoded.position == 22)
        }
        decoder.receive(bytes("value\r\n"))
        #expect(decoder.outcome == Outcome(words: [["GET", "a"], ["ECHO", "b c"], ["SET", "key", "value"]]))
        #expect(decoder.input.bytes.count == 0)
    }

    /// Each byte of a line is looked at once, however the line trickles in.
    @Test(arguments: ["PING aaaaaaaaaaaaaaaaaa", "*11111111111", "*1\r\n$000000000000", "*1\r\nnothing"])
    func linesAreSearchedFromWhereTheSearchStopped(_ line: String) {
        var decoder = StreamDecoder(.resp2)
        for byte in bytes(line) { decoder.receive([byte]) }
        #expect(decoder.outcome == Outcome(), "the line has no end yet")
        #expect(Int(decoder.input.decoded.searched) == decoder.input.bytes.count)
        decoder.input.bytes.append("\r\n")
        if case .incomplete = decoder.decode() { Issue.record("the line has an end") }
    }

    /// Three pieces, torn at every two places: what of a batch has arrived decides what is decoded ahead.
    @Test func pipelinedRequestsAreTheSameInThreePieces() {
        let stream = bytes("*2\r\n$3\r\nGET\r\n$1\r\na\r\nECHO 'b c'\r\n*0\r\nPING\r\n*1\r\n$4\r\nQUIT\r\n")
        let expected = Outcome(words: [["GET", "a"], ["ECHO", "b c"], ["PING"], ["QUIT"]])
        for first in 0..<stream.count {
            for second in first..<stream.count {
                let pieces = [stream[..<first], stream[first..<second], stream[second...]]
                let torn = decode(pieces: pieces, .resp2, executing: 1 + second % 3)
                if torn == expected { continue }
                Issue.record("torn at \(first) and \(second): \(torn)")
                return
            }
        }
    }

    /// A request that trickles in is never looked at from its start again: what is behind `position` is done with, and
    /// what is before it is a part of one argument.
    @Test func aRequestThatTricklesInIsDecodedOnce() {
        let count = 100_000
        let argument = bytes("$2\r\nab\r\n")
        var decoder = decoder("*\(count)\r\n")
        var longestRest = 0
        for _ in 0..<count {
            for byte in argument {
                decoder.input.bytes.append(byte)
                if case .complete = decoder.decode() { break }
                longestRest = max(longestRest, decoder.input.bytes.count - decoder.input.decoded.position)
            }
        }
        #expect(longestRest == argument.count - 1)
        #expect(decoder.input.decoded.requests.count == 1)
        let slices = decoder.input.decoded.slices
        let isInPlace = slices.indices.allSatisfy {
            slices[$0].start == UInt32(9 + 4 + $0 * argument.count) && slices[$0].count == 2
        }
        #expect(slices.count == count)
        #expect(isInPlace)
    }

    /// A million arguments in pieces as a server reads them, behind another request and far beyond what is decoded
    /// ahead: after each piece, all that is there of it is done with.
    @Test func aMillionArgumentsAreDecodedOnce() {
        let count = 1_000_000
        let stream = bytes("PING\r\n*\(count)\r\n" + String(repeating: "$1\r\na\r\n", count: count) + "PING\r\n")
        var decoder = StreamDecoder(.resp2)
        var rest = stream[...]
        var longestRest = 0
        while !rest.isEmpty {
            rest.prefix(16 << 10).withUnsafeBufferPointer { decoder.input.bytes.append($0.span) }
            rest = rest.dropFirst(16 << 10)
            if rest.isEmpty { break }
            while case .complete = decoder.decode() { decoder.executeFirst() }
            longestRest = max(longestRest, decoder.input.bytes.count - decoder.input.decoded.position)
        }
        #expect(longestRest < 7)
        #expect(decoder.outcome == Outcome(words: [["PING"]]))
        decoder.execute()
        #expect(decoder.outcome.requests.map(\.count) == [1, count, 1])
        #expect(decoder.outcome.error == nil)
    }

    /// A request of very many arguments, and the beginning of the next one.
    @Test func longListsAreNotKeptForTheBeginningOfARequest() {
        let long = "*10000\r\n" + String(repeating: "$1\r\na\r\n", count: 10_000)
        var decoder = decoder(long + "*2\r\n$3\r\nGET\r\n")
        decoder.execute()
        #expect(decoder.input.decoded.awaited == 1)
        #expect(decoder.input.decoded.slices.capacity < 1000)
        decoder.receive(bytes("$1\r\nk\r\n"))
        #expect(decoder.outcome.requests.last == [bytes("GET"), bytes("k")])
    }

    /// A client that never lets the buffer run empty must not make it grow: here, a part of an array always stands
    /// behind a request whose words were copied.
    @Test func copiesOfQuotedWordsAreFreedBehindAPartialRequest() {
        var decoder = StreamDecoder(.resp2)
        let echo = bytes("ECHO \"" + String(repeating: "w", count: 1000) + "\"\r\n")
        for round in 0..<100 { decoder.receive(bytes(round == 0 ? "" : "NG\r\n") + echo + bytes("*1\r\n$4\r\nPI")) }
        #expect(decoder.outcome.requests.count == 199)
        #expect(decoder.input.decoded.unquoted.count == 0)
    }

    /// One long request must not hold memory for ever.
    @Test func longRequestsLeaveNothingBehind() {
        var decoder = StreamDecoder(.resp2)
        decoder.receive(bytes("*1000\r\n" + String(repeating: "$1\r\na\r\n", count: 1000)))
        #expect(decoder.outcome.requests.first?.count == 1000)
        #expect(decoder.input.decoded.slices.capacity == 0)
        #expect(decoder.input.decoded.requests.capacity == 0)
        #expect(decoder.input.bytes.capacity == 0)
        decoder.receive(bytes("PING\r\n"))
        #expect(decoder.input.decoded.slices.capacity == 0)
        // One that pipelines will need them again.
        decoder.receive(bytes("PING\r\nPING\r\n"))
        #expect(decoder.input.decoded.slices.capacity > 0)
    }
}
