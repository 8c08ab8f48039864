// The queue between a codec and the store: offsets into a buffer whose front is consumed meanwhile.

import Testing

@testable import Shared

@Suite("Requests") struct RequestsTests {
    @Test func nothingExecutedConsumesNothing() {
        var decoder = StreamDecoder(.resp2)
        decoder.buffer.append("PING\r\nPING\r\n")
        #expect(decoder.requests.removeExecuted() == 0)
        _ = decoder.decode()
        #expect(decoder.requests.count == 1)
        #expect(decoder.requests.removeExecuted() == 0)
        #expect(decoder.requests.count == 1)
    }

    /// Batches: as many as are asked for, those that are not executed yet included; then the rest; then why there are none.
    @Test func aBatchHasABound() {
        var buffer = ByteBuffer(bytes("PING\r\nPING\r\nPING\r\nPING\r\nPI"))
        var requests = Requests()
        guard case .complete = RESPCodec.decode(buffer, into: &requests, upTo: 3) else {
            Issue.record("there are three")
            return
        }
        #expect(requests.count == 3)
        requests.next = 2
        buffer.consume(requests.removeExecuted())
        guard case .incomplete = RESPCodec.decode(buffer, into: &requests, upTo: 3) else {
            Issue.record("there are only two")
            return
        }
        #expect(requests.count == 2)
        requests.next = 2
        buffer.consume(requests.removeExecuted())
        buffer.append("NG \"\r\n")
        guard case .malformed(.unbalancedQuotes) = RESPCodec.decode(buffer, into: &requests, upTo: 3) else {
            Issue.record("a quote is missing")
            return
        }
        #expect(requests.count == 0)
    }

    /// A line that is no request is decoded again when requests before it have to wait for room to send.
    @Test func wordsOfAMalformedLineDoNotPileUp() {
        var decoder = StreamDecoder(.resp2)
        decoder.buffer.append(text: "PING\r\na 'b' \"c\r\n")
        guard case .complete = decoder.decode() else {
            Issue.record("PING is a request")
            return
        }
        for _ in 0..<3 {
            guard case .malformed(.unbalancedQuotes) = decoder.decode() else {
                Issue.record("a quote is missing")
                return
            }
        }
        #expect(decoder.requests.slices.count == 1)
        #expect(decoder.requests.unquoted.isEmpty)
    }

    /// A request of very many arguments, and the beginning of the next one.
    @Test func longListsAreNotKeptForTheBeginningOfARequest() {
        var decoder = StreamDecoder(.resp2)
        let long = "*10000\r\n" + String(repeating: "$1\r\na\r\n", count: 10_000)
        decoder.buffer.append(text: long + "*2\r\n$3\r\nGET\r\n")
        while case .complete = decoder.decode() {}
        decoder.requests.next = 1
        decoder.buffer.consume(decoder.requests.removeExecuted())
        #expect(decoder.requests.awaited == 1)
        #expect(decoder.requests.slices.capacity < 1000)
        decoder.receive(bytes("$1\r\nk\r\n"))
        #expect(decoder.outcome == Outcome(words: [["GET", "k"]]))
    }

    /// Three requests and a part of the fourth; the first two are executed. What is left must be found at its new
    /// place, and the fourth must go on where it stopped.
    @Test func offsetsMoveWithTheBuffer() {
        let lines = #"ECHO "quoted 1""# + "\r\n" + #"ECHO plain "quoted 2""# + "\r\n"
        var decoder = StreamDecoder(.resp2)
        decoder.buffer.append(text: "*2\r\n$3\r\nGET\r\n$1\r\na\r\n" + lines + "*3\r\n$3\r\nSET\r\n$3\r\nke")
        while case .complete = decoder.decode() {}
        #expect(decoder.requests.count == 3)
        #expect(decoder.requests.awaited == 2)
        decoder.requests.next = 2
        decoder.buffer.consume(decoder.requests.removeExecuted())
        #expect(decoder.requests.count == 1)
        #expect(decoder.arguments(of: 0) == [bytes("ECHO"), bytes("plain"), bytes("quoted 2")])
        decoder.receive(bytes("y\r\n$5\r\nvalue\r\n"))
        #expect(decoder.outcome == Outcome(words: [["ECHO", "plain", "quoted 2"], ["SET", "key", "value"]]))
        #expect(decoder.buffer.count == 0)
    }

    /// A request that trickles in is never looked at from its start again: what is behind `position` is done with, and
    /// what is before it is a part of one argument.
    @Test func aRequestThatTricklesInIsDecodedOnce() {
        let count = 100_000
        let argument = bytes("$2\r\nab\r\n")
        var decoder = StreamDecoder(.resp2)
        decoder.buffer.append(text: "*\(count)\r\n")
        var longestRest = 0
        for _ in 0..<count {
            for byte in argument {
                decoder.buffer.append(byte)
                if case .complete = decoder.decode() { break }
                longestRest = max(longestRest, decoder.buffer.count - decoder.requests.position)
            }
        }
        #expect(longestRest == argument.count - 1)
        #expect(decoder.requests.count == 1)
        let slices = decoder.requests.slices
        let isInPlace = slices.indices.allSatisfy {
            slices[$0].start == UInt32(9 + 4 + $0 * argument.count) && slices[$0].count == 2
        }
        #expect(slices.count == count)
        #expect(isInPlace)
    }

    /// A client that never lets the queue run empty must not make it grow: here, a part of an array always stands
    /// behind a request whose words were copied.
    @Test func copiesOfQuotedWordsAreFreedBehindAPartialRequest() {
        var decoder = StreamDecoder(.resp2)
        let echo = bytes("ECHO \"" + String(repeating: "w", count: 1000) + "\"\r\n")
        for round in 0..<100 { decoder.receive(bytes(round == 0 ? "" : "NG\r\n") + echo + bytes("*1\r\n$4\r\nPI")) }
        #expect(decoder.outcome.requests.count == 199)
        #expect(decoder.requests.unquoted.count == 0)
    }

    /// One long request must not pin memory for ever.
    @Test func longRequestsLeaveNothingBehind() {
        var decoder = StreamDecoder(.resp2)
        decoder.receive(bytes("*1000\r\n" + String(repeating: "$1\r\na\r\n", count: 1000)))
        #expect(decoder.outcome.requests.first?.count == 1000)
        #expect(decoder.requests.slices.capacity == 0)
        #expect(decoder.requests.requests.capacity == 0)
        decoder.receive(bytes("PING\r\n"))
        #expect(decoder.requests.slices.capacity > 0)
    }
}
