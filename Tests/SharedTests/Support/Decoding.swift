// Decodes whole streams as a server does: piece by piece, executing what is complete, going on to the next request.

import Testing

@testable import Shared

/// What came out of a stream.
struct Outcome: Equatable, Sendable, CustomStringConvertible {
    var requests: [[[UInt8]]] = []
    var error: ProtocolError?

    var description: String {
        "\(requests.map { $0.map { text($0) } })" + (error.map { " \($0)" } ?? "")
    }
}

extension Outcome {
    /// Words for bytes, where the test is about text.
    init(words: [[String]], error: ProtocolError? = nil) {
        self.init(requests: words.map { $0.map { bytes($0) } }, error: error)
    }
}

/// One end of a connection, without the connection.
struct StreamDecoder: ~Copyable {
    let wireProtocol: WireProtocol
    var input = RequestBuffer()
    var outcome = Outcome()
    /// What the last incomplete request asked for.
    var needed = 0

    init(_ wireProtocol: WireProtocol) {
        self.wireProtocol = wireProtocol
    }

    /// Decodes, where a request is expected to be complete.
    mutating func expectComplete(sourceLocation: SourceLocation = #_sourceLocation) {
        if case .complete = decode() { return }
        Issue.record("not complete", sourceLocation: sourceLocation)
    }

    mutating func decode() -> DecodeResult {
        wireProtocol == .lengthPrefixed ? LengthPrefixedCodec.decode(&input) : RESPCodec.decode(&input)
    }

    /// Takes what has arrived, and executes the requests that are complete with it.
    ///
    /// - Parameter limit: how many of them at most. The others wait, as they do behind unsent replies.
    mutating func receive(_ piece: some Collection<UInt8>, executing limit: Int = .max) {
        for byte in piece { input.bytes.append(byte) }
        execute(atMost: limit)
    }

    mutating func execute(atMost limit: Int = .max) {
        var executed = 0
        while outcome.error == nil && executed < limit {
            switch decode() {
            case .complete:
                executeFirst()
                executed += 1
            case .incomplete(let needed):
                self.needed = needed
                // With less, a server would read nothing and ask again, for ever.
                if needed <= input.bytes.count {
                    Issue.record("asks for what is there: \(needed) of \(input.bytes.count)")
                }
                return
            case .malformed(let error): outcome.error = error
            }
        }
    }

    mutating func executeFirst() {
        let arguments = firstArguments
        // A request without arguments gets no reply, so nobody sees it.
        if !arguments.isEmpty { outcome.requests.append(arguments) }
        input.removeFirst()
    }

    /// Those of the request that is to be executed next.
    private var firstArguments: [[UInt8]] {
        let decoded = input.decoded
        let arguments = Arguments(
            decoded.requests[decoded.next], in: input.bytes.bytes, unquoted: decoded.unquoted.span,
            slices: decoded.slices.span)
        return (0..<arguments.count).map { arguments[$0].copy }
    }
}

/// The outcome of a stream that arrives whole.
func decode(_ stream: [UInt8], _ wireProtocol: WireProtocol) -> Outcome {
    decode(pieces: [stream], wireProtocol)
}

/// The outcome of a stream that arrives in these pieces.
///
/// - Parameter limit: how many requests are executed for each piece, at most; what is left, after the last.
func decode(pieces: [some Collection<UInt8>], _ wireProtocol: WireProtocol, executing limit: Int = .max) -> Outcome {
    var decoder = StreamDecoder(wireProtocol)
    for piece in pieces { decoder.receive(piece, executing: limit) }
    decoder.execute()
    return decoder.outcome
}

/// Expects the same from a stream however it is torn: whole, at every point, and byte by byte.
func expect(
    _ stream: [UInt8], _ wireProtocol: WireProtocol, gives expected: Outcome,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(decode(stream, wireProtocol) == expected, sourceLocation: sourceLocation)
    for split in 1..<max(1, stream.count) {
        for limit in [1, Int.max] {
            let torn = decode(pieces: [stream[..<split], stream[split...]], wireProtocol, executing: limit)
            if torn == expected { continue }
            Issue.record("torn at \(split), executing \(limit) at once: \(torn)", sourceLocation: sourceLocation)
            return
        }
    }
    for limit in [0, 1, Int.max] {
        let trickled = decode(pieces: stream.map { [$0] }, wireProtocol, executing: limit)
        #expect(trickled == expected, "byte by byte, executing \(limit) at once", sourceLocation: sourceLocation)
    }
}
