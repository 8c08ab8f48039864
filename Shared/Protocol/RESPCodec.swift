// Decodes RESP, the protocol that Redis clients speak (https://redis.io/docs/latest/develop/reference/protocol-spec/).
//
//     *2\r\n  $3\r\nGET\r\n  $5\r\nhello\r\n      an array of bulk strings: what clients send
//     GET hello\r\n                               the same as a line: what a person types into nc
//
// The bytes come from anybody, so they are only ever looked at through a Span: a wrong index traps instead of
// reading other memory. Where Redis accepts something odd (it never looks at the two bytes that end a
// bulk string), so does this: the tests compare the two byte for byte.

/// Decodes requests as Redis does.
public enum RESPCodec {
    /// How many bytes of a line (a count, a length, or an inline request) may be there before its end is. A line whose
    /// end arrives with them may be longer.
    public static let maxLineLength = 64 << 10
    /// The longest argument in bytes (Redis: proto-max-bulk-len).
    public static let maxBulkLength = 512 << 20
    /// The most bytes that may have arrived of an incomplete request (Redis: client-query-buffer-limit).
    public static let maxRequestLength = 1 << 30
    /// The most arguments. Nothing is allocated for arguments that have not arrived, however many were announced.
    public static let maxArguments = Int64(Int32.max)

    static let star = UInt8(ascii: "*")
    static let dollar = UInt8(ascii: "$")
    static let carriageReturn = UInt8(ascii: "\r")
    static let newline = UInt8(ascii: "\n")

    /// At most this many requests are decoded ahead, so that their look-ups wait for memory together ...
    private static let maxRequestsAhead = 32
    /// ... and none that starts after this many bytes, because a batch stays in the buffer until all of it is executed.
    private static let maxBytesAhead = 64 << 10

    /// Decodes the next request, and with it some of those behind it that have arrived. A request of no arguments
    /// (`*0`, a blank line) is complete too; it gets no reply.
    public static func decode(_ input: inout RequestBuffer) -> DecodeResult {
        input.decoded.isEmpty ? decodeMore(&input) : .complete
    }

    @inline(never)
    private static func decodeMore(_ input: inout RequestBuffer) -> DecodeResult {
        let result = decode(input.bytes, into: &input.decoded)
        if case .incomplete(let needed) = result { input.expect(needed) }
        return result
    }

    private static func decode(
        _ buffer: borrowing ByteBuffer, into decoded: inout DecodedRequests
    ) -> DecodeResult {
        let bytes = buffer.bytes
        // The first may be longer than all that is decoded ahead, and `position` inside of it.
        while decoded.requests.isEmpty
            || (decoded.requests.count < maxRequestsAhead && decoded.position < maxBytesAhead)
        {
            switch decodeOne(bytes, into: &decoded) {
            case .complete: continue
            // With others before it, it is decoded again when they are executed.
            case let end: return decoded.isEmpty ? end : .complete
            }
        }
        return .complete
    }

    /// Decodes one more request. One that has arrived in part is taken up where it stopped.
    private static func decodeOne(_ bytes: Span<UInt8>, into decoded: inout DecodedRequests) -> DecodeResult {
        if decoded.awaited == 0 {
            let start = decoded.position
            guard start < bytes.count else { return .incomplete(needed: start + 1) }
            guard bytes[start] == star else { return decodeInline(bytes, into: &decoded) }
            switch number(in: bytes, at: start + 1, &decoded.searched) {
            case .value(let count, let end):
                guard count <= maxArguments else { return .malformed(.invalidArgumentCount) }
                guard count > 0 else {
                    decoded.finish(end: end)
                    return .complete
                }
                decoded.awaited = Int32(count)
                decoded.position = end
            case .invalid: return .malformed(.invalidArgumentCount)
            case .incomplete: return incompleteLine(.argumentCount, in: bytes, from: start)
            }
        }
        let result = decodeArguments(bytes, into: &decoded)
        guard case .incomplete = result else { return result }
        if bytes.count > maxRequestLength { return .malformed(.requestTooLong) }
        return ClientMemory.allowsRequest(of: bytes.count) ? result : .malformed(.tooManyRequests)
    }

    private static func decodeArguments(_ bytes: Span<UInt8>, into decoded: inout DecodedRequests) -> DecodeResult {
        var position = decoded.position
        for awaited in stride(from: decoded.awaited, to: 0, by: -1) {
            decoded.position = position
            decoded.awaited = awaited
            guard position < bytes.count else { return .incomplete(needed: position + 1) }
            guard bytes[position] == dollar else {
                return decodeNoBulkString(bytes, at: position, &decoded.searched)
            }
            switch number(in: bytes, at: position + 1, &decoded.searched) {
            case .value(let length, let start):
                guard length >= 0 && length <= maxBulkLength else { return .malformed(.invalidBulkLength) }
                let end = start + Int(length)
                guard end + 2 <= bytes.count else { return .incomplete(needed: end + 2) }
                decoded.slices.append(.init(start: UInt32(start), count: UInt32(length)))
                position = end + 2
            case .invalid: return .malformed(.invalidBulkLength)
            case .incomplete: return incompleteLine(.bulkLength, in: bytes, from: position)
            }
        }
        decoded.awaited = 0
        decoded.finish(end: position)
        return .complete
    }

    /// Redis looks for the end of the line before it looks at how the line starts.
    private static func decodeNoBulkString(
        _ bytes: Span<UInt8>, at start: Int, _ searched: inout Int32
    ) -> DecodeResult {
        guard lineEnd(in: bytes, from: start, &searched) != nil else {
            return incompleteLine(.bulkLength, in: bytes, from: start)
        }
        return .malformed(.expectedBulkString(got: bytes[start]))
    }

    static func incompleteLine(
        _ line: ProtocolError.Line, in bytes: Span<UInt8>, from start: Int
    ) -> DecodeResult {
        bytes.count - start > maxLineLength
            ? .malformed(.lineTooLong(line)) : .incomplete(needed: bytes.count + 1)
    }

    private enum Number {
        /// The number, and the index after the line it stands on.
        case value(Int64, end: Int)
        case invalid
        case incomplete
    }

    /// The number from `start` to the end of its line.
    @inline(__always)
    private static func number(in bytes: Span<UInt8>, at start: Int, _ searched: inout Int32) -> Number {
        // Almost every number has one digit or two.
        if start + 3 < bytes.count {
            let first = bytes[start] &- UInt8(ascii: "0")
            let second = bytes[start + 1] &- UInt8(ascii: "0")
            if first < 10 && bytes[start + 1] == carriageReturn { return .value(Int64(first), end: start + 3) }
            if first > 0 && first < 10 && second < 10 && bytes[start + 2] == carriageReturn {
                return .value(Int64(first &* 10 &+ second), end: start + 4)
            }
        }
        return unusualNumber(in: bytes, at: start, &searched)
    }

    /// Everything else: longer, negative, incomplete or wrong.
    @inline(never)
    private static func unusualNumber(in bytes: Span<UInt8>, at start: Int, _ searched: inout Int32) -> Number {
        guard let end = lineEnd(in: bytes, from: start, &searched) else { return .incomplete }
        guard let value = Int64(decimal: bytes.extracting(start..<end)) else { return .invalid }
        return .value(value, end: end + 2)
    }

    /// The index of the carriage return that ends the line, if the byte after it has arrived too. If not, the search
    /// goes on from `searched` the next time.
    private static func lineEnd(in bytes: Span<UInt8>, from start: Int, _ searched: inout Int32) -> Int? {
        var end = max(start, Int(searched))
        // Redis searches with strchr, which stops at a zero byte: it has then not found the end.
        while end < bytes.count, bytes[end] != carriageReturn, bytes[end] != 0 { end += 1 }
        if end + 1 < bytes.count && bytes[end] == carriageReturn { return end }
        searched = Int32(end)
        return nil
    }
}
