// Which protocol a connection speaks.

/// How requests and replies are written as bytes.
public enum WireProtocol: Sendable {
    /// The binary protocol of stages 1 to 3: see LengthPrefixedCodec.
    case lengthPrefixed
    /// Redis's protocol: see RESPCodec.
    case resp2
    /// A later version, with types for null and maps, which a client asks for with `HELLO 3`.
    case resp3
}
