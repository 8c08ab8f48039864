// Bytes that are no request, and requests that are too long: where the next one would start cannot be known, so the
// connection ends; but what came before has been earned.

import LabKit
import Shared
import Testing

extension Contract {
    static let malformedClauses = [
        Clause("the longest request is served, a longer one refused", maxRequestLength),
        Clause("bytes that are no request get an error, then the end", malformed),
        Clause("replies before them reach a slow reader, whatever follows", repliesBeforeReachASlowReader),
        Clause("QUIT ends the connection, and what follows it is not run", quit),
    ]

    private static func maxRequestLength(_ server: ServerProcess, _ stage: Stage) throws {
        let client = try server.newClient()
        if stage.wireProtocol == .lengthPrefixed {
            // What is around the value: three lengths, "SET", "k", and the count.
            let value = [UInt8](repeating: 7, count: LengthPrefixedCodec.maxFrameLength - 20)
            client.sendInBackground(stage.encode(["SET".bytes, "k".bytes, value]) + stage.encode("STRLEN k"))
            let set = try client.receive()
            #expect(set == stage.ok, "the longest frame")
            #expect(try client.receive() == .integer(Int64(value.count)))
            let most = LengthPrefixedCodec.maxArguments
            let keys = [[UInt8]](repeating: "nobody".bytes, count: most - 1)
            #expect(try client.call(["EXISTS".bytes] + keys) == .integer(0))
            try client.send(["EXISTS", "nobody"].map(\.bytes) + keys)
            let refusal = try client.receive()
            #expect(refusal == .error("ERR Protocol error: too many arguments"), "one argument more than that")
        } else {
            let word = [UInt8](repeating: 7 + 48, count: RESPCodec.maxLineLength - 5)
            try client.send(bytes: "ECHO ".bytes + word + "\r\n".bytes)
            #expect(try client.receive() == .string(word))
            try client.send(bytes: "ECHO 12".bytes + word)
            #expect(try client.receive() == .error("ERR Protocol error: too big inline request"))
        }
        try client.expectEnd()
    }

    private static func malformed(_ server: ServerProcess, _ stage: Stage) throws {
        let cases = stage.wireProtocol == .lengthPrefixed ? malformedFrames : malformedRESP
        for (number, (bytes, error)) in cases.enumerated() {
            let client = try server.newClient()
            let later = error.hasPrefix("too big") ? [] : stage.encode("SET key later")
            try client.send(bytes: stage.encode("SET key \(number)", "GET key") + bytes + later)
            #expect(try client.receive() == stage.ok, "before \(error)")
            #expect(try client.receive() == .string("\(number)"), "before \(error)")
            #expect(try client.receive() == .error("ERR Protocol error: \(error)"))
            try client.expectEnd()
            let other = try server.newClient()
            #expect(try other.ask("GET key") == .string("\(number)"), "after \(error)")
        }
    }

    private static let malformedFrames: [(bytes: [UInt8], error: String)] = [
        ([1, 0, 0, 2], "frame too long"),
        ([0xff, 0xff, 0xff, 0xff], "frame too long"),
        // No room for a count; no arguments; one whose length is missing, or longer than the frame; bytes left over.
        ([0, 0, 0, 0], "malformed frame"),
        ([4, 0, 0, 0, 0, 0, 0, 0], "malformed frame"),
        ([4, 0, 0, 0, 1, 0, 0, 0], "malformed frame"),
        ([10, 0, 0, 0, 1, 0, 0, 0, 3, 0, 0, 0, 65, 65], "malformed frame"),
        ([10, 0, 0, 0, 1, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 65, 65], "malformed frame"),
        ([10, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 65, 65], "malformed frame"),
        ([4, 0, 0, 0, 1, 4, 0, 0], "too many arguments"),
        ([4, 0, 0, 0, 0xff, 0xff, 0xff, 0xff], "too many arguments"),
    ]

    private static let malformedRESP: [(bytes: [UInt8], error: String)] = [
        ("*oops\r\n".bytes, "invalid multibulk length"),
        ("*+1\r\n".bytes, "invalid multibulk length"),
        ("*2147483648\r\n".bytes, "invalid multibulk length"),
        ("*99999999999999999999\r\n".bytes, "invalid multibulk length"),
        ("*1\r\nPING\r\n".bytes, "expected '$', got 'P'"),
        ("*2\r\n$4\r\nECHO\r\n:1\r\n".bytes, "expected '$', got ':'"),
        ("*1\r\n$oops\r\n".bytes, "invalid bulk length"),
        ("*1\r\n$-1\r\n".bytes, "invalid bulk length"),
        ("*1\r\n$536870913\r\n".bytes, "invalid bulk length"),
        ("ECHO \"hello\r\n".bytes, "unbalanced quotes in request"),
        ("ECHO 'hello'world\r\n".bytes, "unbalanced quotes in request"),
        ([UInt8](repeating: 65, count: RESPCodec.maxLineLength + 1), "too big inline request"),
        ("*".bytes + [UInt8](repeating: 49, count: RESPCodec.maxLineLength + 1), "too big mbulk count string"),
        ("*1\r\n$".bytes + [UInt8](repeating: 49, count: RESPCodec.maxLineLength + 1), "too big bulk count string"),
    ]

    /// The server closes with bytes unread. The kernel would answer with a reset, and the client lose what it has not
    /// read yet.
    private static func repliesBeforeReachASlowReader(_ server: ServerProcess, _ stage: Stage) throws {
        let value = [UInt8](repeating: 7, count: 1 << 20)
        for end in [stage.malformed.bytes, stage.encode("QUIT")] {
            let client = try server.newClient()
            client.limitReceiveBuffer()
            #expect(try client.call(["SET".bytes, "big".bytes, value]) == stage.ok)
            let requests = stage.encode("GET big") + end
            // More than one read takes, and less than a socket holds.
            try server.untilRead(requests.count) {
                try client.send(bytes: requests + [UInt8](repeating: 0, count: 30_000))
            }
            try server.untilAsleep()
            #expect(try client.receive() == .string(value))
            #expect(try client.receive() == (end == stage.malformed.bytes ? stage.malformed.error : stage.ok))
            try client.expectEnd()
        }
    }

    private static func quit(_ server: ServerProcess, _ stage: Stage) throws {
        let client = try server.newClient()
        try client.send(bytes: stage.encode("SET key 1", "QUIT", "SET key 2"))
        #expect(try client.receive() == stage.ok)
        #expect(try client.receive() == stage.ok)
        try client.expectEnd()
        let other = try server.newClient()
        #expect(try other.ask("GET key") == .string("1"))
    }
}
