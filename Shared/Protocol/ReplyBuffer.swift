// What the server has answered and not sent yet. Replies are encoded straight into the bytes that will be sent: there is
// no tree of reply values in between.

@preconcurrency @unsafe import Glibc

/// The unsent replies of one connection.
public struct ReplyBuffer: ~Copyable, Sendable {
    /// What is to be written. Writing consumes it.
    public var bytes = ByteBuffer(.replies)
    /// Changed by HELLO.
    public internal(set) var wireProtocol: WireProtocol

    /// An empty one, which has no memory yet.
    public init(_ wireProtocol: WireProtocol) {
        self.wireProtocol = wireProtocol
    }

    /// Bytes that are still to be sent.
    public var count: Int { bytes.count }
    /// Whether all has been sent.
    public var isEmpty: Bool { bytes.isEmpty }

    /// Appends one whole reply: what `encode` appends, in a frame where the protocol has frames.
    @inline(__always)
    mutating func appendReply(_ encode: (inout ReplyBuffer) -> Void) {
        guard wireProtocol == .lengthPrefixed else { return encode(&self) }
        let start = bytes.count
        LengthPrefixedCodec.append(0, to: &bytes)
        encode(&self)
        let length = bytes.count - start - LengthPrefixedCodec.headerLength
        // An empty request has no reply, and so no frame.
        if length == 0 { return bytes.truncate(to: start) }
        bytes.replaceUInt32(at: start, with: UInt32(length))
    }

    /// Appends the error reply to bytes that are not a request. The connection is to be closed after it.
    public mutating func append(_ error: ProtocolError) {
        appendReply { $0.appendError { error.append(to: &$0) } }
    }

    // MARK: The kinds of value. Tags and lengths as in LengthPrefixedCodec, signs as in RESP.

    mutating func appendNull() {
        switch wireProtocol {
        case .lengthPrefixed: bytes.append(LengthPrefixedCodec.Tag.null)
        case .resp2: bytes.append("$-1\r\n")
        case .resp3: bytes.append("_\r\n")
        }
    }

    mutating func appendError(_ message: StaticString) {
        appendError { $0.append(message) }
    }

    /// Appends an error whose text `write` appends. It must not hold line breaks.
    mutating func appendError(_ write: (inout ByteBuffer) -> Void) {
        appendLine(UInt8(ascii: "-"), LengthPrefixedCodec.Tag.error, write)
    }

    /// Appends a short text of the server's own, such as OK.
    mutating func appendStatus(_ status: StaticString) {
        appendStatus { $0.append(status) }
    }

    /// Appends a short text that `write` appends. It must not hold line breaks.
    mutating func appendStatus(_ write: (inout ByteBuffer) -> Void) {
        appendLine(UInt8(ascii: "+"), LengthPrefixedCodec.Tag.string, write)
    }

    /// A text that RESP puts on a line behind a sign, and the binary protocol behind a tag and its length.
    private mutating func appendLine(_ sign: UInt8, _ tag: UInt8, _ write: (inout ByteBuffer) -> Void) {
        guard wireProtocol == .lengthPrefixed else {
            bytes.append(sign)
            write(&bytes)
            return bytes.append("\r\n")
        }
        bytes.append(tag)
        let start = bytes.count
        LengthPrefixedCodec.append(0, to: &bytes)
        write(&bytes)
        bytes.replaceUInt32(at: start, with: UInt32(bytes.count - start - 4))
    }

    mutating func appendOK() {
        if wireProtocol == .lengthPrefixed { appendStatus("OK") } else { bytes.append("+OK\r\n") }
    }

    mutating func appendInteger(_ value: Int64) {
        guard wireProtocol == .lengthPrefixed else {
            bytes.append(UInt8(ascii: ":"))
            bytes.append(decimal: value)
            return bytes.append("\r\n")
        }
        bytes.append(LengthPrefixedCodec.Tag.integer)
        LengthPrefixedCodec.append(Int(value), to: &bytes)
        LengthPrefixedCodec.append(Int(value >> 32), to: &bytes)
    }

    /// Appends any bytes; an error instead, where clients hold too many that they do not read.
    @inline(__always)
    mutating func appendString(_ string: Span<UInt8>) {
        if string.count > ClientMemory.share && !ClientMemory.allowsReply(of: string.count) {
            return appendError("ERR too many replies are not read: no memory for this one")
        }
        guard wireProtocol == .lengthPrefixed else { return appendBulkString(string) }
        bytes.append(LengthPrefixedCodec.Tag.string)
        LengthPrefixedCodec.append(string.count, to: &bytes)
        bytes.append(string)
    }

    mutating func appendString(_ text: String) {
        appendString(text.utf8.span)
    }

    /// Appends text meant for people; RESP3 can say so.
    mutating func appendText(_ text: Span<UInt8>) {
        guard wireProtocol == .resp3 else { return appendString(text) }
        bytes.append(UInt8(ascii: "="))
        bytes.append(decimal: Int64(text.count + 4))
        bytes.append("\r\ntxt:")
        bytes.append(text)
        bytes.append("\r\n")
    }

    /// Announces an array: append its `count` elements next.
    mutating func beginArray(_ count: Int) {
        beginAggregate(UInt8(ascii: "*"), count)
    }

    /// Announces a set, an array in no order: append its `count` elements next.
    mutating func beginSet(_ count: Int) {
        beginAggregate(UInt8(ascii: wireProtocol == .resp3 ? "~" : "*"), count)
    }

    /// Announces `count` pairs: append each key and its value next.
    mutating func beginMap(_ count: Int) {
        if wireProtocol == .resp3 { beginAggregate(UInt8(ascii: "%"), count) } else { beginArray(count * 2) }
    }

    private mutating func beginAggregate(_ sign: UInt8, _ count: Int) {
        guard wireProtocol == .lengthPrefixed else {
            bytes.append(sign)
            bytes.append(decimal: Int64(count))
            return bytes.append("\r\n")
        }
        bytes.append(LengthPrefixedCodec.Tag.array)
        LengthPrefixedCodec.append(count, to: &bytes)
    }

    /// `$3\r\nabc\r\n`, the reply of GET.
    @inline(__always)
    private mutating func appendBulkString(_ string: Span<UInt8>) {
        bytes.append(atMost: string.count + 32) { output in
            output.append(UInt8(ascii: "$"))
            output.append(decimal: string.count)
            output.appendLineEnd()
            output.append(string)
            output.appendLineEnd()
        }
    }
}

extension FileDescriptor {
    /// Tells a new connection why it is refused, and closes it. One write: what does not fit is not worth waiting for.
    /// The corresponding C function is `write`.
    public consuming func reject(_ wireProtocol: WireProtocol) {
        Statistics.rejected.add()
        var output = ReplyBuffer(wireProtocol)
        output.appendReply { $0.appendError("ERR max number of clients reached") }
        _ = try? write(from: &output.bytes)
    }
}
