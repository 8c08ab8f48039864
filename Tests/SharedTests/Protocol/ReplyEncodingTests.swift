// The same replies in all three encodings, byte by byte.

import Testing

@testable import Shared

@Suite("Encodings of replies") struct ReplyEncodingTests {
    private func counted(_ string: String) -> [UInt8] { [UInt8(string.utf8.count), 0, 0, 0] + bytes(string) }

    @Test func lengthPrefixed() {
        var client = CommandRunner(.lengthPrefixed)
        let minus = [UInt8](repeating: 0xFF, count: 8)
        #expect(client.run("GET k") == frame([0]))
        #expect(client.run("SET k v") == frame([2] + counted("OK")))
        #expect(client.run("GET k") == frame([2] + counted("v")))
        #expect(client.run("PING") == frame([2] + counted("PONG")))
        #expect(client.run("TTL k") == frame([3] + minus))
        #expect(client.run("INCRBY n 4294967298") == frame([3, 2, 0, 0, 0, 1, 0, 0, 0]))
        #expect(client.run("SET n -9223372036854775808") == frame([2] + counted("OK")))
        #expect(client.run("INCRBY n 0") == frame([3, 0, 0, 0, 0, 0, 0, 0, 0x80]))
        #expect(client.run("GET") == frame([1] + counted("ERR wrong number of arguments for 'get' command")))
        #expect(client.run("MGET k none") == frame([4, 2, 0, 0, 0, 2] + counted("v") + [0]))
        #expect(client.run("CONFIG GET none") == frame([4, 0, 0, 0, 0]))
        // A map is an array twice as long; and there are no versions to choose from.
        let hello = client.run("HELLO 3")
        #expect(hello.dropFirst(4).starts(with: [4, 14, 0, 0, 0, 2] + counted("server") + [2] + counted("redis")))
        #expect(client.run("GET none") == frame([0]))
        #expect(client.run("\r\n") == [])
    }

    @Test func longFrames() {
        var client = CommandRunner(.lengthPrefixed)
        let value = [UInt8](repeating: 7, count: 0x0001_0203)
        _ = client.run([bytes("SET"), bytes("k"), value])
        #expect(client.run("GET k") == [0x08, 0x02, 0x01, 0, 2, 0x03, 0x02, 0x01, 0] + value)
    }

    /// Replies follow each other without anything between them.
    @Test func repliesOfABatch() {
        var client = CommandRunner()
        #expect(client.run("SET k v\r\n\r\nGET k\r\nDEL k") == bytes("+OK\r\n$1\r\nv\r\n:1\r\n"))
        client.output.wireProtocol = .lengthPrefixed
        #expect(client.run("GET k\r\nGET l") == frame([0]) + frame([0]))
    }

    @Test(arguments: [
        (ProtocolError.invalidArgumentCount, "invalid multibulk length"),
        (.lineTooLong(.inline), "too big inline request"),
        (.lineTooLong(.argumentCount), "too big mbulk count string"),
        (.lineTooLong(.bulkLength), "too big bulk count string"),
        (.expectedBulkString(got: UInt8(ascii: "x")), "expected '$', got 'x'"),
        (.expectedBulkString(got: 13), "expected '$', got ' '"),
        (.expectedBulkString(got: 10), "expected '$', got ' '"),
        (.expectedBulkString(got: 0), "expected '$', got '"),
        (.invalidBulkLength, "invalid bulk length"),
        (.unbalancedQuotes, "unbalanced quotes in request"),
        (.requestTooLong, "too big query buffer"),
        (.frameTooLong, "frame too long"),
        (.malformedFrame, "malformed frame"),
        (.tooManyArguments, "too many arguments"),
    ])
    func protocolErrors(_ error: ProtocolError, _ message: String) {
        var output = ReplyBuffer(.resp2)
        output.append(error)
        #expect(text(output.bytes.bytes.copy) == "-ERR Protocol error: \(message)\r\n")
        output = ReplyBuffer(.lengthPrefixed)
        output.append(error)
        #expect(output.bytes.bytes.copy == frame([1] + counted("ERR Protocol error: \(message)")))
        #expect(output.count == output.bytes.count)
    }
}
