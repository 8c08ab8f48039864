// What a codec says about the bytes it was given.

/// Whether the next request is there.
public enum DecodeResult {
    /// It is decoded, and can be executed.
    case complete
    /// Not all of it has arrived: the buffer must hold at least `needed` bytes.
    case incomplete(needed: Int)
    /// No request can start like this, and where the next one would start cannot be known: answer, then close.
    case malformed(ProtocolError)
}
