// What a codec says about the bytes it was given.

/// Whether the next request is there.
public enum DecodeResult {
    /// It is decoded, and can be executed.
    case complete
    /// Not all of it has arrived: the buffer must hold at least `needed` bytes.
    case incomplete(needed: Int)
    /// No request can start like this, and there is no telling where the next one starts: answer, then close.
    case malformed(ProtocolError)
}
