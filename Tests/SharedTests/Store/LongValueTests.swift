// Long values stay in the buffer they arrived in. Whatever is done to one afterwards must be as if it had been copied: the
// same replies, and all memory back in the end.

import Testing

@testable import Shared

@Suite("Long values") struct LongValueTests {
    private static let value = [UInt8](repeating: 7, count: 100_000)
    /// What GET says of it, but for the line's end.
    private static let reply = "$100000\r\n" + text(value)

    /// Executes requests that arrive together, and says whether the value of `k` has stayed in their buffer.
    private func keeps(_ lines: [String], _ client: inout CommandRunner) -> Bool? {
        var input = RequestBuffer()
        for line in lines { Client.encode(words(line, Self.value), .resp2, into: &input.bytes) }
        while case .complete = RESPCodec.decode(&input) {
            client.store.execute(&input, for: &client.session, into: &client.output)
        }
        #expect(input.bytes.capacity == 0)
        client.output.bytes.consume(client.output.count)
        return client.store.keys.find(bytes("k").span)?.isLong
    }

    @Test(arguments: [
        "SET k VALUE", "SET k VALUE EX 100", "SET k VALUE NX GET", "SETEX k 100 VALUE", "SETNX k VALUE",
        "GETSET k VALUE", "APPEND k VALUE",
    ])
    func staysWhereItHasArrived(_ line: String) {
        var client = CommandRunner()
        client.expect(["DEL k": ":0"])
        let start = client.store.keys.usedMemory
        #expect(keeps([line], &client) == true)
        client.expect(["GET k": Self.reply, "PERSIST k": line.contains("100") ? ":1" : ":0"])
        let used = client.store.keys.usedMemory - start
        #expect(used > 100_000 && used < 101_000)
        client.expect(["DEL k": ":1"])
        #expect(client.store.keys.usedMemory == start)
    }

    /// A buffer in which something else lies, too, is not the value's; nor is that of a transaction with several requests.
    @Test(arguments: [
        ["SET k VALUE", "PING"], ["PING", "SET k VALUE"], ["SET other VALUE", "SET k VALUE"],
        ["MULTI", "SET k VALUE", "PING", "EXEC"],
    ])
    func isCopiedWhereTheBufferHoldsMore(_ lines: [String]) {
        var client = CommandRunner()
        #expect(keeps(lines, &client) == false)
        client.expect(["GET k": Self.reply])
    }

    /// In quotes it was written down elsewhere, without them; behind a long key, too much would stay.
    @Test func isCopiedWhereItLiesElsewhereOrBehindMuch() {
        var client = CommandRunner()
        let word = String(repeating: "v", count: 40_000)
        client.expect(["SET k \"\(word)\"": "+OK", "GET k": "$40000\r\n\(word)"])
        let key = [UInt8](repeating: 7, count: 50_000)
        _ = client.run([bytes("SET"), key, Self.value])
        #expect(client.store.keys.find(key.span)?.isLong == false)
        #expect(text(client.run([bytes("GET"), key])) == Self.reply + "\r\n")
    }

    /// Both values lie in one buffer, and the second takes the first one's place.
    @Test func ofTwoValuesNoneIsKept() {
        var client = CommandRunner()
        #expect(text(client.run(words("MSET k VALUE k short", Self.value))) == "+OK\r\n")
        client.expect(["GET k": "$5\r\nshort"])
    }

    /// It is replaced, appended to, counted, given a time, and removed like any other.
    @Test func isLikeAnyOther() {
        var client = CommandRunner()
        let start = client.store.keys.usedMemory
        func set() { _ = client.run(words("SET k VALUE", Self.value)) }
        set()
        client.expect(["STRLEN k": ":100000", "INCR k": "-ERR value is not an integer or out of range"])
        set()
        client.expect(["EXPIRE k 100": ":1", "APPEND k xyz": ":100003", "TTL k": ":100", "STRLEN k": ":100003"])
        #expect(client.run("GET k") == bytes("$100003\r\n") + Self.value + bytes("xyz\r\n"))
        set()
        client.expect(["TTL k": ":-1", "SET k 1": "+OK", "INCR k": ":2"])
        set()
        #expect(text(client.run([bytes("SET"), bytes("k"), []])) == "+OK\r\n")
        client.expect(["GET k": "$0\r\n"])
        set()
        client.expect(["GETDEL nothing": "$-1", "FLUSHALL": "+OK"])
        #expect(client.store.keys.usedMemory == start)
        set()
        client.expect(["PEXPIRE k 10": ":1"])
        client.store.advance(to: CommandRunner.start + 11)
        client.expect(["GET k": "$-1"])
        #expect(client.store.keys.count == 0)
    }

    /// A key may end at any address, and what is noted behind it is found all the same.
    @Test func keysOfAnyLength() {
        var client = CommandRunner()
        for length in 0...40 {
            let key = [UInt8](repeating: 65, count: length)
            _ = client.run([bytes("SET"), key, Self.value])
            #expect(client.run([bytes("STRLEN"), key]) == bytes(":100000\r\n"), "\(length)")
        }
        #expect(client.store.keys.count == 41)
    }

    /// Once a sixteenth of a long request is here there is room for the rest, and a little more for the next read; one that
    /// was only announced has none.
    @Test func roomIsMadeOnce() {
        var input = RequestBuffer()
        input.bytes.append("*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$1000000\r\n")
        _ = RESPCodec.decode(&input)
        #expect(input.bytes.capacity < 20_000)
        input.bytes.append([UInt8](repeating: 7, count: 100_000).span)
        _ = RESPCodec.decode(&input)
        let capacity = input.bytes.capacity
        #expect(capacity >= 1_000_000 && capacity < 1_050_000)
        while input.bytes.count < 1_000_000 {
            input.bytes.append([UInt8](repeating: 7, count: min(input.readSize, 50_000)).span)
        }
        #expect(input.bytes.capacity == capacity)
    }
}
