// Inline requests: what a person types. The words are cut as Redis's sdssplitargs cuts them.

import Testing

@testable import Shared

@Suite("RESP inline requests") struct RESPInlineTests {
    @Test func decodesHoweverItIsTorn() {
        expect("PING\r\n", gives: [["PING"]])
        expect("PING\n", gives: [["PING"]])
        expect("SET key value\r\nGET key\r\n", gives: [["SET", "key", "value"], ["GET", "key"]])
        expect(" \t SET\tkey   value \t \r\n", gives: [["SET", "key", "value"]])
        expect("GET a\r\nGET b", gives: [["GET", "a"]])
    }

    @Test func skipsBlankLines() {
        expect("\r\n\n  \r\n\t\nPING\r\n\r\n", gives: [["PING"]])
    }

    /// Only the last carriage return belongs to the line's end. One inside it separates words, as a space does.
    @Test func carriageReturnsSeparateWords() {
        expect("A\rB\r\r\n", gives: [["A", "B"]])
    }

    /// Vertical tab and form feed are white space before a word, and part of one inside it.
    @Test func otherWhiteSpaceEndsNoWord() {
        expect("\u{B}\u{C}A\u{B}B \u{C}C\n", gives: [["A\u{B}B", "C"]])
        expect("\"A\"\u{B}B 'C'\u{C}\n", gives: [["A", "B", "C"]])
    }

    @Test func understandsDoubleQuotes() {
        expect(#"SET "a key" "a 'value'""# + "\r\n", gives: [["SET", "a key", "a 'value'"]])
        expect(#"ECHO "" """# + "\r\n", gives: [["ECHO", "", ""]])
        expect(#"ECHO "\n\r\t\a\b\\\"\q\x""# + "\n", gives: [["ECHO", "\n\r\t\u{7}\u{8}\\\"qx"]])
        expect(#"ECHO "\x4a\x4A\x0" "\xg1\x1g""# + "\n", gives: [["ECHO", "JJx0", "xg1x1g"]])
        expect(bytes(#"ECHO "\x00\xff\xFf""# + "\n"), .resp2, gives: Outcome([[bytes("ECHO"), [0, 255, 255]]]))
    }

    @Test func understandsSingleQuotes() {
        expect(#"SET 'a key' 'a "value"'"# + "\r\n", gives: [["SET", "a key", #"a "value""#]])
        expect(#"ECHO '' '\'' '\n\\.' '\x41'"# + "\n", gives: [["ECHO", "", "'", #"\n\\."#, #"\x41"#]])
    }

    /// A quote may begin inside a word; the word ends where the quote does.
    @Test func aQuoteMayBeginInsideAWord() {
        expect(#"ECHO pre"fix ed" pre'fix'"# + "\n", gives: [["ECHO", "prefix ed", "prefix"]])
    }

    @Test func outsideQuotesABackslashIsAByte() {
        expect(#"ECHO \" x""# + "\n", gives: [["ECHO", #"\ x"#]])
        expect(#"ECHO a\n \\"# + "\n", gives: [["ECHO", #"a\n"#, #"\\"#]])
    }

    @Test(arguments: [
        #"""#, #"'"#, #"ECHO "abc"#, #"ECHO 'abc"#, #"ECHO "abc'"#, #"ECHO 'abc""#, #"ECHO "abc"def"#,
        #"ECHO 'abc'def"#, #"ECHO "a""b""#, #"ECHO 'a''b'"#, #"ECHO "abc\"#, #"ECHO "abc\""#, #"ECHO 'abc\'"#,
        #"ECHO "abc\x4"#, #"ECHO 'abc\\'"#,
    ])
    func refusesUnbalancedQuotes(_ line: String) {
        expect("PING\r\n" + line + "\r\nPING\r\n", gives: [["PING"]], error: .unbalancedQuotes)
    }

    /// The copies made of quoted words must not be mistaken for each other's, nor for the buffer.
    @Test func quotedAndPlainWordsMix() {
        let line = #"MSET plain "quoted 1" 'quoted 2' plain3 x"y z""# + "\r\n"
        let words = ["MSET", "plain", "quoted 1", "quoted 2", "plain3", "xy z"]
        expect(line + "*1\r\n$4\r\nPING\r\n" + line, gives: [words, ["PING"], words])
    }

    @Test func aZeroByteHidesTheLinesEnd() {
        expect("PI\0NG\r\n", gives: [])
        let rest = String(repeating: "x", count: RESPCodec.maxLineLength)
        #expect(decode(bytes("PI\0NG\r\n" + rest), .resp2).error == .lineTooLong(.inline))
    }
}
