// RESP requests: arrays of bulk strings, which every client library sends, and lines, which a person types and whose words
// are cut as Redis's sdssplitargs cuts them. That Redis answers the same is tested beside one (StageTests/Redis).

import LabKit
import Testing

@testable import Shared

/// A stream, the requests in it, and what is wrong behind them.
struct RESPExample: CustomTestStringConvertible, Sendable {
    let stream: String
    let outcome: Outcome

    init(_ stream: String, _ requests: [[String]], _ error: ProtocolError? = nil) {
        (self.stream, outcome) = (stream, Outcome(words: requests, error: error))
    }

    var testDescription: String { stream.debugDescription }
}

@Suite("RESP") struct RESPTests {
    private static let words = (0..<12).map { "word \($0)" }
    private static let mixed = #"MSET plain "quoted 1" 'quoted 2' plain3 x"y z""# + "\r\n"
    private static let mixedWords = ["MSET", "plain", "quoted 1", "quoted 2", "plain3", "xy z"]

    /// However they are torn.
    @Test(arguments: [
        RESPExample("*1\r\n$4\r\nPING\r\n", [["PING"]]),
        RESPExample("*3\r\n$3\r\nSET\r\n$3\r\nkey\r\n$5\r\nvalue\r\n", [["SET", "key", "value"]]),
        RESPExample("*2\r\n$4\r\nECHO\r\n$0\r\n\r\n", [["ECHO", ""]]),
        RESPExample("*1\r\n$10\r\n0123456789\r\n", [["0123456789"]]),
        RESPExample("*2\r\n$1\r\n\0\r\n$4\r\n\r\n$9\r\n", [["\0", "\r\n$9"]]),
        RESPExample("*12\r\n" + words.map { "$\($0.utf8.count)\r\n\($0)\r\n" }.joined(), [words]),
        RESPExample(
            "*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\nECHO inline\r\n*1\r\n$4\r\nQUIT\r\n",
            [["PING"], ["GET", "k"], ["ECHO", "inline"], ["QUIT"]]),
        // What has arrived in part is neither lost nor given.
        RESPExample("*1\r\n$4\r\nPING\r\n*2\r\n$3\r\nGET\r\n$1\r\n", [["PING"]]),
        // A count of nothing is skipped without a reply.
        RESPExample("*0\r\n*-1\r\n*-1234567890123\r\n*1\r\n$4\r\nPING\r\n*0\r\n", [["PING"]]),
        // Redis never looks at the two bytes that end a bulk string, nor at the second of those that end a line.
        RESPExample("*2\r\n$3\r\nGETxy$1\r\nk\n\n", [["GET", "k"]]),
        RESPExample("*1\rx$4\r\u{0}PING\r\n", [["PING"]]),
        // Replies already earned are earned; what follows the error is never looked at.
        RESPExample("*1\r\n$4\r\nPING\r\n*1\r\n$x\r\n*1\r\n$4\r\nPING\r\n", [["PING"]], .invalidBulkLength),
        RESPExample("*1\r\n:1\r\n", [], .expectedBulkString(got: UInt8(ascii: ":"))),
        RESPExample("*2\r\n$3\r\nGET\r\nkey\r\n", [], .expectedBulkString(got: UInt8(ascii: "k"))),
        RESPExample("*1\r\n\r\n", [], .expectedBulkString(got: 13)),
        // Redis looks for the line's end first: without it, nothing is wrong yet.
        RESPExample("*1\r\n:1234", []),
        // In C, a zero byte ends a text: the line's end after it is not found, until there is too much of the line.
        RESPExample("*1\0\r\n$4\r\nPING\r\n", []), RESPExample("*1\r\n$4\0\r\nPING\r\n", []),
        RESPExample("*1\r\n\0\r\n$4\r\nPING\r\n", []),
    ])
    func arrays(_ example: RESPExample) {
        expect(bytes(example.stream), .resp2, gives: example.outcome)
    }

    @Test(arguments: [
        RESPExample("PING\r\n", [["PING"]]), RESPExample("PING\n", [["PING"]]),
        RESPExample("SET key value\r\nGET key\r\n", [["SET", "key", "value"], ["GET", "key"]]),
        RESPExample(" \t SET\tkey   value \t \r\n", [["SET", "key", "value"]]),
        RESPExample("GET a\r\nGET b", [["GET", "a"]]),
        RESPExample("\r\n\n  \r\n\t\nPING\r\n\r\n", [["PING"]]),
        RESPExample("PI\0NG\r\n", []),
        // Only the last carriage return belongs to the line's end. One inside it separates words, as a space does.
        RESPExample("A\rB\r\r\n", [["A", "B"]]),
        // Vertical tab and form feed are white space before a word, and part of one inside it.
        RESPExample("\u{B}\u{C}A\u{B}B \u{C}C\n", [["A\u{B}B", "C"]]),
        RESPExample("\"A\"\u{B}B 'C'\u{C}\n", [["A", "B", "C"]]),
        RESPExample(#"SET "a key" "a 'value'""# + "\r\n", [["SET", "a key", "a 'value'"]]),
        RESPExample(#"ECHO "" """# + "\r\n", [["ECHO", "", ""]]),
        RESPExample(#"ECHO "\n\r\t\a\b\\\"\q\x""# + "\n", [["ECHO", "\n\r\t\u{7}\u{8}\\\"qx"]]),
        RESPExample(#"ECHO "\x4a\x4A\x0" "\xg1\x1g""# + "\n", [["ECHO", "JJx0", "xg1x1g"]]),
        RESPExample(#"SET 'a key' 'a "value"'"# + "\r\n", [["SET", "a key", #"a "value""#]]),
        RESPExample(#"ECHO '' '\'' '\n\\.' '\x41'"# + "\n", [["ECHO", "", "'", #"\n\\."#, #"\x41"#]]),
        // A quote may begin inside a word; the word ends where the quote does.
        RESPExample(#"ECHO pre"fix ed" pre'fix'"# + "\n", [["ECHO", "prefix ed", "prefix"]]),
        // Outside quotes, a backslash is a byte.
        RESPExample(#"ECHO \" x""# + "\n", [["ECHO", #"\ x"#]]),
        RESPExample(#"ECHO a\n \\"# + "\n", [["ECHO", #"a\n"#, #"\\"#]]),
        // The copies made of quoted words must not be mistaken for each other's, nor for the buffer.
        RESPExample(mixed + "*1\r\n$4\r\nPING\r\n" + mixed, [mixedWords, ["PING"], mixedWords]),
    ])
    func lines(_ example: RESPExample) {
        expect(bytes(example.stream), .resp2, gives: example.outcome)
    }

    @Test func anyByteCanBeWrittenDown() {
        expect(
            bytes(#"ECHO "\x00\xff\xFf""# + "\n"), .resp2, gives: Outcome(requests: [[bytes("ECHO"), [0, 255, 255]]]))
        let arguments = [bytes("SET"), [], [0, 13, 10, 255], [UInt8](repeating: 7, count: 12_345)]
        #expect(decode(WireProtocol.resp2.encode(arguments), .resp2) == Outcome(requests: [arguments]))
    }

    /// For a client, before there is a request: the same words, or none where a quote has no end.
    @Test func aLineAlone() {
        #expect(RESPCodec.words(bytes(String(Self.mixed.dropLast()))) == Self.mixedWords.map { bytes($0) })
        #expect(RESPCodec.words(bytes(#"GET "a"#)) == nil)
    }

    /// Counts and lengths are the same numbers as string2ll's: canonical ones only. Each quote has an end, behind which a word
    /// ends, too.
    @Test(
        arguments: ["", "a", "+1", "01", "00", "-0", "-", " 1", "1 ", "1a", "9223372036854775808", "2147483648"].map {
            RESPExample("*\($0)\r\n$4\r\nPING\r\n", [], .invalidArgumentCount)
        }
            + ["", "a", "+1", "01", "-0", "-1", "1 ", "9223372036854775808", "536870913", "99999999999"].map {
                RESPExample("PING\r\n*1\r\n$\($0)\r\n", [["PING"]], .invalidBulkLength)
            }
            + [
                #"""#, #"'"#, #"ECHO "abc"#, #"ECHO 'abc"#, #"ECHO "abc'"#, #"ECHO 'abc""#, #"ECHO "abc"def"#,
                #"ECHO 'abc'def"#, #"ECHO "a""b""#, #"ECHO 'a''b'"#, #"ECHO "abc\"#, #"ECHO "abc\""#, #"ECHO 'abc\'"#,
                #"ECHO "abc\x4"#, #"ECHO 'abc\\'"#,
            ].map { RESPExample("PING\r\n" + $0 + "\r\nPING\r\n", [["PING"]], .unbalancedQuotes) })
    func refusals(_ example: RESPExample) {
        expect(bytes(example.stream), .resp2, gives: example.outcome)
    }
}
