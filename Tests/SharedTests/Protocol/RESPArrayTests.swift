// RESP requests that are arrays of bulk strings: what every client library sends.

import Testing

@testable import Shared

@Suite("RESP arrays") struct RESPArrayTests {
    @Test func decodesHoweverItIsTorn() {
        expect("*1\r\n$4\r\nPING\r\n", gives: [["PING"]])
        expect("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n", gives: [["SET", "key", "value"]])
        expect("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", gives: [["ECHO", ""]])
        expect("*1\r\n$10\r\n0123456789\r\n", gives: [["0123456789"]])
        expect("*2\r\n$1\r\n\0\r\n$4\r\n\r\n$9\r\n", gives: [["\0", "\r\n$9"]])
        let words = (0..<12).map { "word \($0)" }
        let long = "*12\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined()
        expect(long, gives: [words])
    }

    @Test func decodesWhatClientsEncode() {
        let arguments = [bytes("SET"), [], [0, 13, 10, 255], [UInt8](repeating: 7, count: 12_345)]
        var buffer = ByteBuffer()
        Client.encode(arguments, .resp2, into: &buffer)
        #expect(decode(buffer.bytes.copy, .resp2) == Outcome([arguments]))
    }

    @Test func decodesPipelinedRequests() {
        expect(
            "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\nECHO inline\r\n*1\r\n$4\r\nQUIT\r\n",
            gives: [["PING"], ["GET", "k"], ["ECHO", "inline"], ["QUIT"]])
        // What has arrived in part is neither lost nor given.
        expect("*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\n", gives: [["PING"]])
    }

    /// A count of nothing is skipped without a reply.
    @Test func skipsCountsOfZeroAndBelow() {
        expect("*0\r\n*-1\r\n*-1234567890123\r\n*1\r\n$4\r\nPING\r\n*0\r\n", gives: [["PING"]])
    }

    /// Redis never looks at the two bytes that end a bulk string, nor at the second of those that end a line.
    @Test func doesNotLookAtTheBytesThatEndABulkString() {
        expect("*2\r\n$3\r\nGETxy$1\r\nk\n\n", gives: [["GET", "k"]])
        expect("*1\rx$4\r\u{0}PING\r\n", gives: [["PING"]])
    }

    /// The same numbers as string2ll: canonical ones only.
    @Test func refusesCountsThatAreNoNumbers() {
        for count in ["", "a", "+1", "01", "00", "-0", "-", " 1", "1 ", "1a", "9223372036854775808", "2147483648"] {
            expect("*\(count)\r\n$4\r\nPING\r\n", gives: [], error: .invalidArgumentCount)
        }
    }

    @Test func refusesLengthsThatAreNoNumbers() {
        for length in ["", "a", "+1", "01", "-0", "-1", "1 ", "9223372036854775808", "536870913", "99999999999"] {
            expect("PING\r\n*1\r\n$\(length)\r\n", gives: [["PING"]], error: .invalidBulkLength)
        }
    }

    @Test func refusesArgumentsThatAreNoBulkStrings() {
        expect("*1\r\n:1\r\n", gives: [], error: .expectedBulkString(got: UInt8(ascii: ":")))
        expect("*2\r\n$3\r\nGET\r\nkey\r\n", gives: [], error: .expectedBulkString(got: UInt8(ascii: "k")))
        expect("*1\r\n\r\n", gives: [], error: .expectedBulkString(got: 13))
        // Redis looks for the line's end first: without it, nothing is wrong yet.
        expect("*1\r\n:1234", gives: [])
    }

    /// Replies already earned are earned; what follows the error is never looked at.
    @Test func executesWhatCameBeforeAnError() {
        expect(
            "*1\r\n$4\r\nPING\r\n*1\r\n$x\r\n*1\r\n$4\r\nPING\r\n", gives: [["PING"]], error: .invalidBulkLength)
    }

    /// In C, a zero byte ends a text: the line's end after it is not found, until there is too much of the line.
    @Test func aZeroByteInALineHidesItsEnd() {
        expect("*1\0\r\n$4\r\nPING\r\n", gives: [])
        expect("*1\r\n$4\0\r\nPING\r\n", gives: [])
        expect("*1\r\n\0\r\n$4\r\nPING\r\n", gives: [])
        let rest = String(repeating: "x", count: RESPCodec.maxLineLength)
        #expect(decode(bytes("*1\0\r\n" + rest), .resp2).error == .lineTooLong(.argumentCount))
        #expect(decode(bytes("*1\r\n$4\0\r\n" + rest), .resp2).error == .lineTooLong(.bulkLength))
    }
}
