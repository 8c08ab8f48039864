// Runs requests against a store as a server does, and compares the bytes of the replies.

import LabKit
import Testing

@testable import Shared

/// One client and a store of its own. The time is fixed until a test moves it.
struct CommandRunner: ~Copyable {
    /// A round number, so that times in replies are easy to check.
    static let start: Int64 = 1_700_000_000_000

    var store: KeyValueStore
    var session = Session()
    var output: ReplyBuffer

    init(_ wireProtocol: WireProtocol = .resp2, maxMemory: Int = 0) {
        var server = ServerDescription(name: "Tests")
        server.maxMemory = maxMemory
        store = KeyValueStore(server, now: Self.start)
        output = ReplyBuffer(wireProtocol)
    }

    /// The reply's bytes. The request's come through the codec, like everybody's.
    mutating func run(_ arguments: [[UInt8]]) -> [UInt8] { execute(WireProtocol.resp2.encode(arguments)) }

    /// Runs an inline request: what one would type.
    mutating func run(_ line: String) -> [UInt8] { execute(bytes(line + "\r\n")) }

    private mutating func execute(_ requests: [UInt8]) -> [UInt8] {
        var input = RequestBuffer()
        input.bytes.append(requests.span)
        while case .complete = RESPCodec.decode(&input) { store.execute(&input, for: &session, into: &output) }
        let reply = output.bytes.bytes.copy
        output.bytes.consume(reply.count)
        return reply
    }

    /// Runs lines one after the other, and expects these replies; the last line's end is understood.
    mutating func expect(
        _ table: KeyValuePairs<String, String>, sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (line, reply) in table {
            #expect(text(run(line)) == reply + "\r\n", "\(line)", sourceLocation: sourceLocation)
        }
    }
}
