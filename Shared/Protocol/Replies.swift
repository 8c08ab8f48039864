// Replies, encoded straight into the bytes that will be sent: there is no tree of reply values in between.

@preconcurrency @unsafe import Glibc

/// The protocol a connection's replies are encoded in.
public enum Encoding: Sendable {
    /// The binary protocol of stages 1 to 3: see LengthPrefixedCodec.
    case lengthPrefixed
    /// Redis's protocol, and the version of it with null and map types that a client asks for with `HELLO 3`.
    case resp2
    case resp3
}

/// The unsent replies of one connection.
public struct Replies: ~Copyable, Sendable {
    /// What is to be written.
    public var buffer = ByteBuffer()
    /// Changed by HELLO.
    public internal(set) var encoding: Encoding

    public init(encoding: Encoding) {
        self.encoding = encoding
    }

    /// Bytes that are still to be sent.
    public var count: Int { buffer.count }
    public var isEmpty: Bool { buffer.isEmpty }

    /// Appends one whole reply: what `encode` appends, in a frame where the protocol has frames.
    @inline(__always)
    mutating func appendReply(_ encode: (inout Replies) -> Void) {
        guard encoding == .lengthPrefixed else { return encode(&self) }
        let start = buffer.count
        LengthPrefixedCodec.append(0, to: &buffer)
        encode(&self)
        let length = buffer.count - start - LengthPrefixedCodec.headerLength
        // An empty request has no reply, and so no frame.
        if length == 0 { return buffer.truncate(to: start) }
        buffer.replaceUInt32(at: start, with: UInt32(length))
    }

    /// Appends the error reply to what is no request. The connection is to be closed after it.
    public mutating func append(_ error: ProtocolError) {
        appendReply { $0.appendError { error.append(to: &$0) } }
    }

    /// Appends the error reply for a connection above the limit.
    public mutating func appendTooManyConnections() {
        appendReply { $0.appendError("ERR max number of clients reached") }
    }

    // MARK: The kinds of value. Tags and lengths as in LengthPrefixedCodec, signs as in RESP.

    mutating func appendNull() {
        switch encoding {
        case .lengthPrefixed: buffer.append(LengthPrefixedCodec.Tag.null)
        case .resp2: buffer.append("$-1\r\n")
        case .resp3: buffer.append("_\r\n")
        }
    }

    mutating func appendError(_ message: StaticString) {
        appendError { $0.append(message) }
    }

    /// Appends an error whose text `write` appends. It must not hold line breaks.
    mutating func appendError(_ write: (inout ByteBuffer) -> Void) {
        guard encoding == .lengthPrefixed else {
            buffer.append(UInt8(ascii: "-"))
            write(&buffer)
            return buffer.append("\r\n")
        }
        buffer.append(LengthPrefixedCodec.Tag.error)
        let start = buffer.count
        LengthPrefixedCodec.append(0, to: &buffer)
        write(&buffer)
        buffer.replaceUInt32(at: start, with: UInt32(buffer.count - start - 4))
    }

    /// Appends a short text that is not a client's: OK, PONG.
    mutating func appendStatus(_ status: StaticString) {
        guard encoding == .lengthPrefixed else {
            buffer.append(UInt8(ascii: "+"))
            buffer.append(status)
            return buffer.append("\r\n")
        }
        appendString(unsafe Span(_unsafeStart: status.utf8Start, count: status.utf8CodeUnitCount))
    }

    mutating func appendOK() {
        if encoding == .lengthPrefixed { appendStatus("OK") } else { buffer.append("+OK\r\n") }
    }

    mutating func appendInteger(_ value: Int64) {
        guard encoding == .lengthPrefixed else {
            buffer.append(UInt8(ascii: ":"))
            buffer.append(decimal: value)
            return buffer.append("\r\n")
        }
        buffer.append(LengthPrefixedCodec.Tag.integer)
        LengthPrefixedCodec.append(Int(value), to: &buffer)
        LengthPrefixedCodec.append(Int(value >> 32), to: &buffer)
    }

    /// Appends any bytes.
    @inline(__always)
    mutating func appendString(_ bytes: Span<UInt8>) {
        guard encoding == .lengthPrefixed else { return appendBulkString(bytes) }
        buffer.append(LengthPrefixedCodec.Tag.string)
        LengthPrefixedCodec.append(bytes.count, to: &buffer)
        buffer.append(bytes)
    }

    mutating func appendString(_ text: String) {
        appendString(text.utf8.span)
    }

    /// Appends text that is for people; RESP3 can say so.
    mutating func appendText(_ text: String) {
        guard encoding == .resp3 else { return appendString(text) }
        buffer.append(UInt8(ascii: "="))
        buffer.append(decimal: Int64(text.utf8.count + 4))
        buffer.append("\r\ntxt:")
        buffer.append(text: text)
        buffer.append("\r\n")
    }

    /// Announces an array: append its `count` elements next.
    mutating func beginArray(_ count: Int) {
        beginAggregate(UInt8(ascii: "*"), count)
    }

    /// Announces a set, an array in no order: append its `count` elements next.
    mutating func beginSet(_ count: Int) {
        beginAggregate(UInt8(ascii: encoding == .resp3 ? "~" : "*"), count)
    }

    /// Announces `count` pairs: append each key and its value next.
    mutating func beginMap(_ count: Int) {
        if encoding == .resp3 { beginAggregate(UInt8(ascii: "%"), count) } else { beginArray(count * 2) }
    }

    private mutating func beginAggregate(_ sign: UInt8, _ count: Int) {
        guard encoding == .lengthPrefixed else {
            buffer.append(sign)
            buffer.append(decimal: Int64(count))
            return buffer.append("\r\n")
        }
        buffer.append(LengthPrefixedCodec.Tag.array)
        LengthPrefixedCodec.append(count, to: &buffer)
    }

    /// `$3\r\nabc\r\n`, the reply of GET: room for all of it is made once, and it is written without further checks.
    private mutating func appendBulkString(_ bytes: Span<UInt8>) {
        let count = bytes.count
        guard count < 10 else {
            buffer.reserve(count + 32)
            buffer.append(UInt8(ascii: "$"))
            buffer.append(decimal: Int64(count))
            buffer.append("\r\n")
            buffer.append(bytes)
            return buffer.append("\r\n")
        }
        _ = unsafe buffer.append(atMost: 16) { start, _ in
            unsafe start[0] = UInt8(ascii: "$")
            unsafe start[1] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: count)
            unsafe start[2] = UInt8(ascii: "\r")
            unsafe start[3] = UInt8(ascii: "\n")
            for index in 0..<count { unsafe start[4 + index] = bytes[index] }
            unsafe start[4 + count] = UInt8(ascii: "\r")
            unsafe start[5 + count] = UInt8(ascii: "\n")
            return count + 6
        }
    }
}
