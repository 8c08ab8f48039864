// The commands on values, as tables: what a client types, and the bytes it gets. Redis 7.0 answers the same.

import Glibc
import Testing

@testable import Shared

@Suite("Commands on values") struct StringCommandTests {
    private let notAnInteger = "-ERR value is not an integer or out of range"

    @Test func setAndGet() {
        var client = CommandRunner()
        client.expect([
            "GET k": "$-1",
            "SET k hello": "+OK",
            "GET k": "$5\r\nhello",
            "set k \"\"": "+OK",
            "gEt k": "$0\r\n",
            "SET \"\" x": "+OK",
            "GET \"\"": "$1\r\nx",
            "SET k 0123456789": "+OK",
            "GET k": "$10\r\n0123456789",
            "SET k": "-ERR wrong number of arguments for 'set' command",
            "GET": "-ERR wrong number of arguments for 'get' command",
            "GET k k": "-ERR wrong number of arguments for 'get' command",
        ])
    }

    @Test func setUnderConditions() {
        var client = CommandRunner()
        client.expect([
            "SET k 1 XX": "$-1",
            "SET k 1 NX": "+OK",
            "SET k 2 NX": "$-1",
            "SET k 2 XX": "+OK",
            "SET k 3 GET": "$1\r\n2",
            "SET none 1 GET": "$-1",
            "SET k 4 NX GET": "$1\r\n3",
            "SET other 1 XX GET": "$-1",
            "GET other": "$-1",
            "SET other 1 GET NX": "$-1",
            "GET other": "$1\r\n1",
            "GET k": "$1\r\n3",
            "SET k 5 nx xx": "-ERR syntax error",
            "SET k 5 XX NX": "-ERR syntax error",
            "SET k 5 SOMETIMES": "-ERR syntax error",
            "SET k 5 \"\"": "-ERR syntax error",
            "SET k 5 optionsthatarelong": "-ERR syntax error",
            "GET k": "$1\r\n3",
        ])
    }

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

    /// The time is looked at before NX and XX are.
    @Test func setWithAnEndThatIsNone() {
        var client = CommandRunner()
        let invalid = "-ERR invalid expire time in 'set' command"
        client.expect([
            "SET k v EX": "-ERR syntax error",
            "SET k v EX 1 PX 1": "-ERR syntax error",
            "SET k v EX 1 KEEPTTL": "-ERR syntax error",
            "SET k v KEEPTTL EX 1": "-ERR syntax error",
            "SET k v EX x": notAnInteger,
            "SET k v EX 1.5": notAnInteger,
            "SET k v EX 99999999999999999999": notAnInteger,
            "SET k v EX 0": invalid,
            "SET k v XX EX 0": invalid,
            "SET k v PX -1": invalid,
            "SET k v EXAT -1": invalid,
            "SET k v EX 9223372036854775": invalid,
            "SET k v EX 9223372036854776": invalid,
            "SET k v PX 9223372036854775807": invalid,
            "SET k v PXAT 9223372036854775807": "+OK",
            "EXISTS k": ":1",
        ])
    }

    @Test func countAndDelete() {
        var client = CommandRunner()
        client.expect([
            "MSET a 1 b 22 c 333": "+OK",
            "MGET a x c a": "*4\r\n$1\r\n1\r\n$-1\r\n$3\r\n333\r\n$1\r\n1",
            "MSET a 9 a 8": "+OK",
            "GET a": "$1\r\n8",
            "MSET a": "-ERR wrong number of arguments for 'mset' command",
            "MSET a 1 b": "-ERR wrong number of arguments for 'mset' command",
            "MGET": "-ERR wrong number of arguments for 'mget' command",
            "EXISTS a b a x": ":3",
            "STRLEN b": ":2",
            "STRLEN x": ":0",
            "TYPE a": "+string",
            "TYPE x": "+none",
            "DBSIZE": ":3",
            "DEL a x a": ":1",
            "DEL x": ":0",
            "DEL b c": ":2",
            "DBSIZE": ":0",
        ])
    }

    @Test func append() {
        var client = CommandRunner()
        client.expect([
            "APPEND k abc": ":3", "APPEND k \"\"": ":3", "APPEND k \"\\x00def\"": ":7",
            "GET k": "$7\r\nabc\0def",
            "EXPIRE k 10": ":1", "APPEND k x": ":8", "PTTL k": ":10000",
        ])
        let long = [UInt8](repeating: 0x61, count: 100_000)
        #expect(client.run([bytes("APPEND"), bytes("k"), long]) == bytes(":100008\r\n"))
    }

    @Test func count() {
        var client = CommandRunner()
        let overflow = "-ERR increment or decrement would overflow"
        client.expect([
            "INCR n": ":1", "INCR n": ":2", "DECR n": ":1", "INCRBY n 41": ":42", "DECRBY n 50": ":-8",
            "GET n": "$2\r\n-8",
            "INCRBY n -2": ":-10", "DECRBY n -10": ":0", "DECR fresh": ":-1",
            "EXPIRE n 10": ":1", "INCR n": ":1", "PTTL n": ":10000",
            "SET n 9223372036854775807": "+OK", "INCR n": overflow, "DECR n": ":9223372036854775806",
            "SET n -9223372036854775808": "+OK", "DECR n": overflow, "INCRBY n -1": overflow,
            "DECRBY n -9223372036854775808": "-ERR decrement would overflow",
            "INCRBY n 9223372036854775807": ":-1",
            "INCRBY n 1.5": notAnInteger, "DECRBY n x": notAnInteger, "INCRBY n 9223372036854775808": notAnInteger,
        ])
        for value in ["abc", "\"\"", "\" 1\"", "1.0", "+1", "01", "-0", "9223372036854775808"] {
            client.expect(["SET n \(value)": "+OK", "INCR n": notAnInteger])
        }
    }

    /// Values that come back as they were sent, whatever bytes they are.
    @Test func valuesAreAnyBytes() {
        var client = CommandRunner()
        for value in [[0], [13, 10], Array(0...255), [UInt8](repeating: 0xFE, count: 1 << 20)] as [[UInt8]] {
            #expect(client.run([bytes("SET"), value, value]) == bytes("+OK\r\n"))
            let reply = bytes("$\(value.count)\r\n") + value + [13, 10]
            #expect(client.run([bytes("GET"), value]) == reply)
        }
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

    @Test func withoutALimitMemoryIsNeverFull() {
        var client = CommandRunner()
        for key in ["k", "l"] {
            let value = [UInt8](repeating: 0x61, count: 4 << 20)
            #expect(client.run([bytes("SET"), bytes(key), value]) == bytes("+OK\r\n"))
        }
    }
}
