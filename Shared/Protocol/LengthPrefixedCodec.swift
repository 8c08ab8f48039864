// The binary protocol of stages 1 to 3. Integers are unsigned, 32 bits, little-endian.
//
//     frame     length, then that many bytes: the body
//     request   count, then count times: length, bytes         the command's name and its arguments
//     reply     one tag byte, and its value:
//               0 null · 1 error: length, bytes · 2 string: length, bytes · 3 integer: 64 bits, signed
//               4 array: count, then count replies
//
// With the length first, one look says how much is still to come: the simplest way to cut a stream into messages.

/// Encodes and decodes length-prefixed frames.
public enum LengthPrefixedCodec {
    /// The bytes that hold a frame's length.
    public static let headerLength = 4
    /// The longest body accepted: enough for any value of this course, and a bound on what one client can make the
    /// server hold.
    public static let maxFrameLength = 32 << 20
    /// The most arguments a request may have, its name included.
    public static let maxArguments = 1024

    enum Tag {
        static let null: UInt8 = 0
        static let error: UInt8 = 1
        static let string: UInt8 = 2
        static let integer: UInt8 = 3
        static let array: UInt8 = 4
    }

    /// Decodes the next request. It stays in `input`, where `KeyValueStore.execute` finds it.
    public static func decode(_ input: inout RequestBuffer) -> DecodeResult {
        input.decoded.isEmpty ? decode(input.bytes, into: &input.decoded) : .complete
    }

    private static func decode(
        _ buffer: borrowing ByteBuffer, into decoded: inout DecodedRequests
    ) -> DecodeResult {
        let bytes = buffer.bytes
        let start = decoded.position + headerLength
        guard let bodyLength = integer(in: bytes, at: decoded.position) else { return .incomplete(needed: start) }
        guard bodyLength <= maxFrameLength else { return .malformed(.frameTooLong) }
        let end = start + bodyLength
        guard end <= bytes.count else {
            let isAllowed = ClientMemory.allowsRequest(of: bytes.count)
            return isAllowed ? .incomplete(needed: end) : .malformed(.tooManyRequests)
        }
        if let error = decodeBody(bytes.extracting(0..<end), from: start, into: &decoded) { return .malformed(error) }
        decoded.finish(end: end)
        return .complete
    }

    /// Finds the arguments in the body, which goes from `start` to the end of `bytes`.
    private static func decodeBody(
        _ bytes: Span<UInt8>, from start: Int, into decoded: inout DecodedRequests
    ) -> ProtocolError? {
        guard let count = integer(in: bytes, at: start), count > 0 else { return .malformedFrame }
        guard count <= maxArguments else { return .tooManyArguments }
        var position = start + 4
        for _ in 0..<count {
            guard let length = integer(in: bytes, at: position) else { return .malformedFrame }
            position += 4
            guard length <= bytes.count - position else { return .malformedFrame }
            decoded.slices.append(.init(start: UInt32(position), count: UInt32(length)))
            position += length
        }
        return position == bytes.count ? nil : .malformedFrame
    }

    /// The integer at `index`, or nil where fewer than four bytes are left.
    static func integer(in bytes: Span<UInt8>, at index: Int) -> Int? {
        guard index + 4 <= bytes.count else { return nil }
        return Int(bytes[index]) | Int(bytes[index + 1]) << 8 | Int(bytes[index + 2]) << 16
            | Int(bytes[index + 3]) << 24
    }

    static func append(_ value: Int, to buffer: inout ByteBuffer) {
        for shift in stride(from: 0, to: 32, by: 8) {
            buffer.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    /// Encodes a request: what a client sends.
    public static func encodeRequest(_ arguments: [[UInt8]], into buffer: inout ByteBuffer) {
        append(4 + arguments.reduce(0) { $0 + 4 + $1.count }, to: &buffer)
        append(arguments.count, to: &buffer)
        for argument in arguments {
            append(argument.count, to: &buffer)
            buffer.append(argument.span)
        }
    }
}
