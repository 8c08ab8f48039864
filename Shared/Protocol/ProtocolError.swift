// What can be wrong with bytes that are not a request. The texts are Redis's.

/// Bytes that cannot be a request. The connection they came through gets this as an error reply and is closed.
public enum ProtocolError: Error, Equatable {
    /// A `*` line whose number is invalid or too large.
    case invalidArgumentCount
    /// More than `RESPCodec.maxLineLength` bytes of a line, and no end yet.
    case lineTooLong(Line)
    /// An argument that does not start with `$`.
    case expectedBulkString(got: UInt8)
    /// A `$` line whose number is invalid, negative, or above `RESPCodec.maxBulkLength`.
    case invalidBulkLength
    /// An inline request whose quotes do not match.
    case unbalancedQuotes
    /// A request longer than `RESPCodec.maxRequestLength`.
    case requestTooLong
    /// A request that has arrived in part, when all clients together have sent too much of theirs: `ClientMemory`.
    case tooManyRequests
    /// Length-prefixed only: a frame longer than `LengthPrefixedCodec.maxFrameLength`.
    case frameTooLong
    /// Length-prefixed only: the lengths inside a frame do not add up to its own, or it holds no command.
    case malformedFrame
    /// Length-prefixed only: more than `LengthPrefixedCodec.maxArguments`.
    case tooManyArguments

    /// Which line was too long.
    public enum Line: Sendable { case inline, argumentCount, bulkLength }

    /// Appends the text of the error reply.
    func append(to text: inout ByteBuffer) {
        text.append("ERR Protocol error: ")
        switch self {
        case .invalidArgumentCount: text.append("invalid multibulk length")
        case .lineTooLong(.inline): text.append("too big inline request")
        case .lineTooLong(.argumentCount): text.append("too big mbulk count string")
        case .lineTooLong(.bulkLength): text.append("too big bulk count string")
        case .expectedBulkString(let byte):
            text.append("expected '$', got '")
            // In C this text ends at a zero byte; a line break would end the reply.
            if byte == 0 { return }
            text.append(byte.isLineBreak ? UInt8(ascii: " ") : byte)
            text.append("'")
        case .invalidBulkLength: text.append("invalid bulk length")
        case .unbalancedQuotes: text.append("unbalanced quotes in request")
        case .requestTooLong: text.append("too big query buffer")
        case .tooManyRequests: text.append("too many unfinished requests: no memory for this one")
        case .frameTooLong: text.append("frame too long")
        case .malformedFrame: text.append("malformed frame")
        case .tooManyArguments: text.append("too many arguments")
        }
    }
}
