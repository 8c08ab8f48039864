// Decodes whole streams as a server does: piece by piece, executing what is complete, consuming what was executed.

import Testing

@testable import Shared

/// What came out of a stream.
struct Outcome: Equatable, CustomStringConvertible {
    var requests: [[[UInt8]]] = []
    var error: ProtocolError?

    init(_ requests: [[[UInt8]]] = [], error: ProtocolError? = nil) {
        self.requests = requests
        self.error = error
    }

    /// Words for bytes, where the test is about text.
    init(words: [[String]], error: ProtocolError? = nil) {
        self.init(words.map { $0.map { Array($0.utf8) } }, error: error)
    }

    var description: String {
        "\(requests.map { $0.map { text($0) } })" + (error.map { " \($0)" } ?? "")
    }
}

/// One end of a connection, without the connection.
struct StreamDecoder: ~Copyable {
    let encoding: Encoding
    var buffer = ByteBuffer()
    var requests = Requests()
    var outcome = Outcome()
    /// What the last incomplete request asked for.
    var needed = 0

    init(_ encoding: Encoding) {
        self.encoding = encoding
    }

    mutating func decode() -> Decoded {
        encoding == .lengthPrefixed
            ? LengthPrefixedCodec.decode(buffer, into: &requests) : RESPCodec.decode(buffer, into: &requests)
    }

    /// Takes what has arrived, and all requests that are complete with it.
    ///
    /// - Parameter batch: how many requests are decoded before the first of them is executed.
    mutating func receive(_ piece: some Collection<UInt8>, batch: Int = .max) {
        for byte in piece { buffer.append(byte) }
        while outcome.error == nil {
            let end = decodeBatch(batch)
            execute()
            switch end {
            case .complete: continue
            case .incomplete(let needed):
                self.needed = needed
                // With less, a server would read nothing and ask again, for ever.
                if needed <= buffer.count { Issue.record("asks for what is there: \(needed) of \(buffer.count)") }
                return
            case .malformed(let error): outcome.error = error
            }
        }
    }

    private mutating func decodeBatch(_ batch: Int) -> Decoded {
        while requests.count < batch {
            switch decode() {
            case .complete: continue
            case .incomplete(let needed):
                let executed = requests.requests.last?.end ?? 0
                return .incomplete(needed: needed - executed)
            case .malformed(let error): return .malformed(error)
            }
        }
        return .complete
    }

    private mutating func execute() {
        while requests.count > 0 {
            let arguments = self.arguments(of: requests.next)
            requests.next += 1
            // A request without arguments gets no reply, so nobody sees it.
            if !arguments.isEmpty { outcome.requests.append(arguments) }
        }
        buffer.consume(requests.removeExecuted())
    }

    func arguments(of index: Int) -> [[UInt8]] {
        let request = requests.requests[index]
        let slices = requests.slices.span.extracting(
            request.firstSlice..<request.firstSlice + request.sliceCount)
        let arguments = Arguments(buffer.bytes, unquoted: requests.unquoted.span, slices: slices)
        return (0..<arguments.count).map { arguments[$0].copy }
    }
}

/// The outcome of a stream that arrives whole.
func decode(_ stream: [UInt8], _ encoding: Encoding) -> Outcome {
    var decoder = StreamDecoder(encoding)
    decoder.receive(stream)
    return decoder.outcome
}

/// The outcome of a stream that arrives in these pieces.
func decode(pieces: [some Collection<UInt8>], _ encoding: Encoding, batch: Int = .max) -> Outcome {
    var decoder = StreamDecoder(encoding)
    for piece in pieces { decoder.receive(piece, batch: batch) }
    return decoder.outcome
}

/// Expects the same from a stream however it is torn: whole, at every point, and byte by byte.
func expect(
    _ stream: [UInt8], _ encoding: Encoding, gives expected: Outcome,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(decode(stream, encoding) == expected, sourceLocation: sourceLocation)
    for split in 1..<max(1, stream.count) {
        let torn = decode(pieces: [stream[..<split], stream[split...]], encoding)
        if torn != expected {
            Issue.record("torn at \(split): \(torn)", sourceLocation: sourceLocation)
            return
        }
    }
    for batch in [1, 2, Int.max] {
        let trickled = decode(pieces: stream.map { [$0] }, encoding, batch: batch)
        #expect(trickled == expected, "byte by byte, in batches of \(batch)", sourceLocation: sourceLocation)
    }
}

func expect(
    _ stream: String, gives expected: [[String]], error: ProtocolError? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expect(
        bytes(stream), .resp2, gives: Outcome(words: expected, error: error), sourceLocation: sourceLocation)
}
