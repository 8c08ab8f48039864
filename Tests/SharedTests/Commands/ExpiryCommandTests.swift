// The commands that give keys an end, to the millisecond: the time stands still but where a test moves it. Their options
// and errors are compared with a redis-server's (StageTests/Redis).

import Testing

@testable import Shared

@Suite("Commands on ends") struct ExpiryCommandTests {
    @Test func theWaysToSayWhen() {
        var client = CommandRunner()
        client.expect([
            "SET k v": "+OK", "TTL k": ":-1", "PTTL k": ":-1", "TTL none": ":-2", "PTTL none": ":-2",
            "EXPIRE k 10": ":1", "PTTL k": ":10000",
            "PEXPIRE k 10": ":1", "PTTL k": ":10",
            "EXPIREAT k 1700000007": ":1", "PTTL k": ":7000",
            "PEXPIREAT k 1700000000007": ":1", "PTTL k": ":7",
            "PERSIST k": ":1", "PERSIST k": ":0", "TTL k": ":-1", "PERSIST none": ":0",
            "EXPIRE none 10": ":0",
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

    /// To the nearest second, half a second up.
    @Test func secondsAreRounded() {
        var client = CommandRunner()
        client.expect([
            "SET k v PX 1499": "+OK", "TTL k": ":1", "SET k v PX 1500": "+OK", "TTL k": ":2",
            "SET k v PX 499": "+OK", "TTL k": ":0", "SET k v PX 500": "+OK", "TTL k": ":1",
            "PEXPIREAT k 9223372036854775807": ":1", "TTL k": ":9223370336854776",
        ])
    }

    /// A time that has passed is a way to delete; the present is passed.
    @Test func aTimeInThePastDeletes() {
        for past in ["EXPIRE k 0", "EXPIRE k -1", "PEXPIRE k 0", "EXPIREAT k 1", "PEXPIREAT k 1700000000000"] {
            var client = CommandRunner()
            client.expect(["SET k v": "+OK", past: ":1", "EXISTS k": ":0", "DBSIZE": ":0", past: ":0"])
        }
    }

    /// To every command, an expired key is not there; and a key that is written anew is a new one.
    @Test func expiredKeysAreNotThere() {
        let asking: KeyValuePairs = [
            "GET k": "$-1", "MGET k": "*1\r\n$-1", "EXISTS k": ":0", "STRLEN k": ":0", "TYPE k": "+none",
            "TTL k": ":-2", "PERSIST k": ":0", "DEL k": ":0", "EXPIRE k 10": ":0", "SET k v XX": "$-1",
            "SET k v GET": "$-1", "APPEND k x": ":1", "INCR k": ":1", "SET k 1 NX": "+OK", "SET k v KEEPTTL": "+OK",
        ]
        for (line, reply) in asking {
            var client = CommandRunner()
            client.expect(["SET k 41 PX 100": "+OK"])
            client.store.advance(to: CommandRunner.start + 100)
            client.expect(["PTTL k": ":0", "DBSIZE": ":1"])
            #expect(client.store.timeToNextRound == 100)
            // The next round is later.
            client.store.advance(to: CommandRunner.start + 101)
            #expect(client.store.keys.count == 1)
            client.expect([line: reply])
            #expect(client.store.timeToNextRound == nil)
        }
    }
}
