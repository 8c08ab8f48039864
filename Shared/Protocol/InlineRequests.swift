// Inline requests: a line of words instead of an array of bulk strings, so that a person with nc is answered too.
// Words are separated by white space. "Double quotes" hold escapes (\n \r \t \b \a \xHH), 'single quotes' only \'.

extension RESPCodec {
    /// Decodes the line at `decoded.position`.
    @inline(never)
    static func decodeInline(_ bytes: Span<UInt8>, into decoded: inout DecodedRequests) -> DecodeResult {
        let start = decoded.position
        var newlineIndex = max(start, Int(decoded.searched))
        while newlineIndex < bytes.count, bytes[newlineIndex] != newline, bytes[newlineIndex] != 0 { newlineIndex += 1 }
        // At a zero byte Redis's strchr stops as well: the newline after it is never found.
        guard newlineIndex < bytes.count, bytes[newlineIndex] == newline else {
            decoded.searched = Int32(newlineIndex)
            return incompleteLine(.inline, in: bytes, from: start)
        }
        var end = newlineIndex
        if end > start && bytes[end - 1] == carriageReturn { end -= 1 }
        var words = WordScanner(line: bytes.extracting(0..<end), position: start)
        let (sliceCount, unquotedCount) = (decoded.slices.count, decoded.unquoted.count)
        while words.skipSpace() {
            guard let word = words.next(unquotedInto: &decoded.unquoted) else {
                // The line is decoded again when requests before it had to wait: its words must not pile up.
                decoded.slices.removeLast(decoded.slices.count - sliceCount)
                decoded.unquoted.removeLast(decoded.unquoted.count - unquotedCount)
                return .malformed(.unbalancedQuotes)
            }
            decoded.slices.append(word)
        }
        decoded.finish(end: newlineIndex + 1)
        return .complete
    }

    /// The words of a line, for a client in which people type requests; nil where quotes do not match.
    public static func words(_ line: [UInt8]) -> [[UInt8]]? {
        var scanner = WordScanner(line: line.span, position: 0)
        var (words, unquoted) = ([[UInt8]](), [UInt8]())
        while scanner.skipSpace() {
            guard let word = scanner.next(unquotedInto: &unquoted) else { return nil }
            let start = Int(word.start & ~DecodedRequests.Slice.isUnquoted)
            let source = word.start & DecodedRequests.Slice.isUnquoted == 0 ? line : unquoted
            words.append(Array(source[start..<start + Int(word.count)]))
        }
        return words
    }
}

/// Cuts a line into words.
private struct WordScanner: ~Escapable {
    let line: Span<UInt8>
    var position: Int

    @_lifetime(copy line)
    init(line: Span<UInt8>, position: Int) {
        self.line = line
        self.position = position
    }

    /// Goes to the next word; false at the end of the line.
    @_lifetime(self: copy self)
    mutating func skipSpace() -> Bool {
        while position < line.count, isSpace(line[position]) { position += 1 }
        return position < line.count
    }

    /// The word at `position`; nil when its quotes do not match. Only a word with quotes in it is copied.
    @_lifetime(self: copy self)
    mutating func next(unquotedInto unquoted: inout [UInt8]) -> DecodedRequests.Slice? {
        let start = position
        while position < line.count, !endsWord(line[position]), !isQuote(line[position]) { position += 1 }
        if position == line.count || endsWord(line[position]) {
            return .init(start: UInt32(start), count: UInt32(position - start))
        }
        let copyStart = unquoted.count
        for index in start..<position { unquoted.append(line[index]) }
        while position < line.count, !endsWord(line[position]) {
            let byte = line[position]
            position += 1
            if isQuote(byte) {
                guard copyQuoted(until: byte, into: &unquoted) else { return nil }
                break
            }
            unquoted.append(byte)
        }
        return .init(
            start: UInt32(copyStart) | DecodedRequests.Slice.isUnquoted, count: UInt32(unquoted.count - copyStart))
    }

    /// Copies up to the closing quote, which must end the word; false when it does not, or is missing.
    @_lifetime(self: copy self)
    private mutating func copyQuoted(until quote: UInt8, into unquoted: inout [UInt8]) -> Bool {
        let backslash = UInt8(ascii: "\\")
        while position < line.count {
            let byte = line[position]
            position += 1
            if byte == quote { return position == line.count || isSpace(line[position]) }
            guard byte == backslash, position < line.count else {
                unquoted.append(byte)
                continue
            }
            if quote == UInt8(ascii: "\"") {
                unquoted.append(escaped())
            } else if line[position] == quote {
                unquoted.append(quote)
                position += 1
            } else {
                unquoted.append(backslash)
            }
        }
        return false
    }

    /// The byte that the escape after a backslash stands for.
    @_lifetime(self: copy self)
    private mutating func escaped() -> UInt8 {
        let byte = line[position]
        position += 1
        switch byte {
        case UInt8(ascii: "n"): return newline
        case UInt8(ascii: "r"): return RESPCodec.carriageReturn
        case UInt8(ascii: "t"): return UInt8(ascii: "\t")
        case UInt8(ascii: "b"): return 8
        case UInt8(ascii: "a"): return 7
        case UInt8(ascii: "x"):
            guard position + 1 < line.count, let high = hexValue(line[position]),
                let low = hexValue(line[position + 1])
            else { return byte }
            position += 2
            return high << 4 | low
        default: return byte
        }
    }

    private var newline: UInt8 { RESPCodec.newline }

    private func isQuote(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: "\"") || byte == UInt8(ascii: "'")
    }

    private func isSpace(_ byte: UInt8) -> Bool {
        byte == UInt8(ascii: " ") || (byte >= 9 && byte <= 13)
    }

    /// Vertical tab and form feed separate words, but do not end one, as in Redis.
    private func endsWord(_ byte: UInt8) -> Bool {
        isSpace(byte) && byte != 11 && byte != 12
    }

    private func hexValue(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
