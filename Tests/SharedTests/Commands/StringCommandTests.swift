// What of the commands on values does not show beside a redis-server (StageTests/Redis): bounds.

import Glibc
import Testing

@testable import Shared

@Suite("Commands on values") struct StringCommandTests {
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
            let full = "-OOM command not allowed when used memory > 'maxmemory'."
            let table: KeyValuePairs = [
                "SET k VALUE": "+OK", "SET a VALUE": full, "APPEND k VALUE": full, "MSET b 1 c VALUE": full,
                "EXISTS a b c": ":0", "SET a 1": "+OK", "INCR a": ":2",
                "SET a": "-ERR wrong number of arguments for 'set' command", "STRLEN k": ":300000",
                "DEL k": ":1", "SET k VALUE": "+OK", "FLUSHALL": "+OK", "SET k VALUE": "+OK",
            ]
            // The status tells how many rows were right.
            for (row, (line, reply)) in table.enumerated() {
                demand(text(client.run(words(line, value))) == reply + "\r\n", line: 1 + CInt(row))
            }
        }
    }
}
