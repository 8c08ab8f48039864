// What of MULTI and EXEC does not show in replies beside Redis's: bounds, and what is left behind.

import Testing

@testable import Shared

@Suite("Transactions") struct TransactionTests {
    @Test func theyAreWrittenDownAsTheyCame() {
        var client = CommandRunner()
        let odd = [[UInt8]](arrayLiteral: [], [0], bytes("\r\n"), bytes("*1\r\n$4\r\nPING\r\n"), Array(0...255))
        _ = client.run("MULTI")
        for value in odd { #expect(text(client.run([bytes("ECHO"), value])) == "+QUEUED\r\n") }
        _ = client.run([bytes("MSET")] + (0..<3000).flatMap { [bytes("k\($0)"), bytes("v")] })
        let expected = odd.flatMap { bytes("$\($0.count)\r\n") + $0 + bytes("\r\n") }
        #expect(client.run("EXEC") == bytes("*6\r\n") + expected + bytes("+OK\r\n"))
        client.expect(["DBSIZE": ":3000"])
    }

    /// In the binary protocol a reply has one frame around it, and those of EXEC have none of their own.
    @Test func oneFrameAroundAll() {
        var client = CommandRunner(.lengthPrefixed)
        _ = client.run("MULTI")
        _ = client.run("GET nothing")
        _ = client.run("INCR n")
        let array: [UInt8] = [4, 2, 0, 0, 0, 0, 3, 1, 0, 0, 0, 0, 0, 0, 0]
        #expect(client.run("EXEC") == [15, 0, 0, 0] + array)
    }

    @Test func repliesHaveABound() {
        var client = CommandRunner()
        client.store.maxReplyLength = ClientMemory.share
        _ = client.run([bytes("SET"), bytes("k"), [UInt8](repeating: 7, count: 10_000)])
        _ = client.run("MULTI")
        for _ in 0..<4 { _ = client.run("GET k") }
        let replies = text(client.run("EXEC")).split(separator: "\r\n")
        #expect(replies.count { $0 == "$10000" } == 2)
        #expect(replies.suffix(2) == ["-ERR reply too long", "-ERR reply too long"])
        client.expect(["PING": "+PONG"])
    }

    /// The commands of a transaction that needs memory are refused when there is none; so is EXEC, if it has gone since.
    @Test func withoutMemory() {
        let full = "OOM command not allowed when used memory > 'maxmemory'."
        var client = CommandRunner(maxMemory: 1)
        client.expect([
            "MULTI": "+OK", "GET k": "-\(full)", "EXEC": "-EXECABORT Transaction discarded because of previous errors.",
            "CONFIG SET maxmemory 0": "+OK",
        ])
        client.expect(["MULTI": "+OK", "SET k v": "+QUEUED"])
        client.store.server.maxMemory = 1
        client.expect(["EXEC": "-EXECABORT Transaction discarded because of: \(full)", "GET k": "$-1"])
    }
}
