// One machine is not the end: three servers behind a proxy that knows which of them has which key. Nothing of a server
// changes for it.

import LabKit
import Shared
import Testing

@Suite("A proxy in front of three servers", .enabled(if: Proxy.isInstalled, Proxy.isMissing), .serialized)
struct ProxyTests {
    private static let keys = (0..<3000).map { Array("user:\($0):name".utf8) }

    private func setAll(_ client: TestClient) throws -> Reply {
        try client.call(["MSET".bytes] + Self.keys.flatMap { [$0, $0] })
    }

    private func getAll(_ client: TestClient) throws -> Reply {
        try client.call(["MGET".bytes] + Self.keys)
    }

    private static let all = Reply.array(keys.map { .string($0) })

    /// One request for keys of three servers: the proxy takes it apart, and puts the replies together.
    @Test func manyKeysAreOneRequest() throws {
        let proxy = try Proxy()
        let client = try proxy.connect()
        #expect(try setAll(client) == .status("OK".bytes))
        #expect(try getAll(client) == Self.all)
        let counts = try proxy.keyCounts()
        #expect(counts.reduce(0, +) == 3000 && counts.allSatisfy { $0 > 300 }, "\(counts)")
        #expect(try client.call(["DEL".bytes] + Self.keys.prefix(1000)) == .integer(1000))
        #expect(try proxy.keyCounts().reduce(0, +) == 2000)
    }

    /// They go on to three servers, whose replies come back in the order of the requests.
    @Test func aPipelineOfTenThousand() throws {
        let proxy = try Proxy()
        let client = try proxy.connect()
        for command in ["SET", "GET"] {
            let requests = (0..<10_000).flatMap { number -> [UInt8] in
                let value = command == "SET" ? ["\(number)".bytes] : []
                return Stage.pipelining.encode([command.bytes, "key:\(number)".bytes] + value)
            }
            client.sendInBackground(requests)
            for number in 0..<10_000 {
                let reply = command == "SET" ? Reply.status("OK".bytes) : .string("\(number)".bytes)
                let got = try client.receive()
                try #require(got == reply, "\(command) \(number)")
            }
        }
        #expect(try proxy.keyCounts().reduce(0, +) == 10_000)
    }

    /// The proxy leaves it out: its keys are gone, and belong to the others. When it is there again, it is empty, and gets
    /// its share of what is written.
    @Test func aServerGoesAndComesBack() throws {
        let proxy = try Proxy()
        let client = try proxy.connect()
        #expect(try setAll(client) == .status("OK".bytes))
        let before = try proxy.keyCounts()
        proxy.kill(1)
        try eventually("its keys are not found, the others are") {
            guard case .array(let values) = try getAll(client) else { return false }
            let found = zip(values, Self.keys).filter { $0 == .string($1) }.count
            return found == 3000 - Int(before[1]) && values.count { $0 == .null } == Int(before[1])
        }
        // Now and then a request is sent to it, to see whether it is back: that one fails.
        try eventually("the two others have all keys") {
            let isSet = try setAll(client) == .status("OK".bytes)
            return try getAll(client) == Self.all && isSet
        }
        try proxy.restart(1)
        try eventually("it is written to again") {
            let isSet = try setAll(client) == .status("OK".bytes)
            return try proxy.keyCounts()[1] == before[1] && isSet
        }
        #expect(try getAll(client) == Self.all)
    }
}
