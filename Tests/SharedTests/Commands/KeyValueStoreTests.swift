// The store as a server uses it: requests from a buffer, replies into another, and what it knows of its server.

import Testing

@testable import Shared

@Suite("KeyValueStore") struct KeyValueStoreTests {
    /// More requests than are decoded ahead at once, and each of them depends on the one before.
    @Test func executesPipelinedRequestsInTheirOrder() {
        var client = CommandRunner()
        let requests = (1...100).map { number in number % 10 == 0 ? "FLUSHALL" : "INCR n" }
        let replies = (1...100).map { number in number % 10 == 0 ? "+OK\r\n" : ":\(number % 10)\r\n" }
        #expect(text(client.run(requests.joined(separator: "\r\n"))) == replies.joined())
        #expect(client.store.requestCount == 100)
    }

    /// Of those that are decoded, one is executed at each call; an empty one is none.
    @Test func executesOneRequestAtATime() {
        var client = CommandRunner()
        var input = RequestBuffer()
        input.bytes.append("ECHO a\r\n\r\nNONE\r\nECHO b\r\n")
        var lengths: [Int] = []
        while case .complete = RESPCodec.decode(&input) {
            client.store.execute(&input, for: &client.session, into: &client.output)
            lengths.append(client.output.count)
        }
        #expect(lengths == [7, 7, 64, 71])
        #expect(client.store.requestCount == 3)
        #expect(input.bytes.count == 0)
    }

    @Test func knowsWhatTheUserChose() {
        var options = ServerOptions(stage: "Stage")
        options.host = "::1"
        options.maxConnections = 5
        options.maxMemory = 123_456_789
        options.idleTimeout = 60
        var client = CommandRunner()
        client.store = KeyValueStore(options, port: 1234)
        client.expect([
            "CONFIG GET bind": "*2\r\n$4\r\nbind\r\n$3\r\n::1",
            "CONFIG GET port": "*2\r\n$4\r\nport\r\n$4\r\n1234",
            "CONFIG GET maxclients": "*2\r\n$10\r\nmaxclients\r\n$1\r\n5",
            "CONFIG GET maxmemory": "*2\r\n$9\r\nmaxmemory\r\n$9\r\n123456789",
            "CONFIG GET timeout": "*2\r\n$7\r\ntimeout\r\n$2\r\n60",
        ])
        #expect(text(client.run("INFO server")).contains("server_name:Stage\r\n"))
    }

}
