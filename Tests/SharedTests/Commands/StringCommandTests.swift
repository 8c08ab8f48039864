// What of the commands on values does not show beside a redis-server (StageTests/Redis), or not to the millisecond: times by
// a clock that stands still, and bounds.

import Glibc
import Testing

@testable import Shared

@Suite("Commands on values") struct StringCommandTests {
    @Test func setWithAnEnd() {
        var client = CommandRunner()
        client.expect([
            "SET k v EX 10": "+OK", "PTTL k": ":10000",
            "SET k v PX 1500": "+OK", "PTTL k": ":1500",
            "SET k v EXAT 1700000002": "+OK", "PTTL k": ":2000",
            "SET k v PXAT 1700000000001": "+OK", "PTTL k": ":1",
            "SET k v KEEPTTL": "+OK", "PTTL k": ":1",
            "SET k v EX 5 EX 6": "+OK", "PTTL k": ":6000",
            "SET k w XX GET px 7 ": "$1\r\nv", "PTTL k": ":7",
            "SET k v": "+OK", "PTTL k": ":-1",
        ])
    }

    /// A value of 512 MB, or so its header says: nothing more can be appended to it.
    @Test func valuesHaveALimit() {
        var client = CommandRunner()
        client.expect(["SET k v": "+OK"])
        let entry = client.store.keys.find(bytes("k").span)!
        entry.header.valueCount = UInt32(RESPCodec.maxBulkLength)
        client.expect([
            "STRLEN k": ":536870912",
            "APPEND k x": "-ERR string exceeds maximum allowed size (proto-max-bulk-len)",
        ])
        entry.header.valueCount = 1
    }

    /// One request that names a long value many times must not take all memory. The limit is 512 MB; here, less.
    @Test func repliesHaveALimit() {
        for wireProtocol in [WireProtocol.resp2, .lengthPrefixed] {
            var client = CommandRunner(wireProtocol)
            client.store.maxReplyLength = 1000
            _ = client.run([bytes("SET"), bytes("k"), [UInt8](repeating: 0x61, count: 400)])
            #expect(client.run("MGET k k").count > 800)
            let error = client.run("MGET k k k k")
            #expect(text(error).hasSuffix("ERR reply too long" + (wireProtocol == .resp2 ? "\r\n" : "")))
            #expect(error.count < 40)
            #expect(client.run("MGET k k").count > 800)
            let names = String(repeating: " get", count: 100)
            #expect(text(client.run("COMMAND INFO" + names)).contains("ERR reply too long"))
        }
    }

    /// What would cross the limit is refused, and what would not is not. Wrong arguments are told first. In a process of its
    /// own, because what all buffers of a process hold counts.
    @Test func memoryThatIsFull() async {
        await #expect(processExitsWith: .success) {
            var client = CommandRunner(maxMemory: 500_000)
            let value = [UInt8](repeating: 0x61, count: 300_000)
            let full = bytes("-OOM command not allowed when used memory > 'maxmemory'.\r\n")
            let ok = bytes("+OK\r\n")
            func expect(_ reply: [UInt8], _ expected: [UInt8], line: Int32 = #line) {
                if reply != expected { exit(line) }
            }
            expect(client.run([bytes("SET"), bytes("k"), value]), ok)
            expect(client.run([bytes("SET"), bytes("a"), value]), full)
            expect(client.run([bytes("APPEND"), bytes("k"), value]), full)
            expect(client.run([bytes("MSET"), bytes("b"), bytes("1"), bytes("c"), value]), full)
            expect(client.run("EXISTS a b c"), bytes(":0\r\n"))
            expect(client.run("SET a 1"), ok)
            expect(client.run("INCR a"), bytes(":2\r\n"))
            expect(client.run("SET a"), bytes("-ERR wrong number of arguments for 'set' command\r\n"))
            expect(client.run("STRLEN k"), bytes(":300000\r\n"))
            expect(client.run("DEL k"), bytes(":1\r\n"))
            expect(client.run([bytes("SET"), bytes("k"), value]), ok)
            expect(client.run("FLUSHALL"), ok)
            expect(client.run([bytes("SET"), bytes("k"), value]), ok)
            exit(0)
        }
    }
}
