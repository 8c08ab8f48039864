// The commands that give keys an end, as tables. The time stands still but where a test moves it.

import Testing

@testable import Shared

@Suite("Commands on ends") struct ExpiryCommandTests {
    @Test func fourWaysToSayWhen() {
        var client = CommandRunner()
        client.expect([
            "SET k v": "+OK", "TTL k": ":-1", "PTTL k": ":-1", "TTL none": ":-2", "PTTL none": ":-2",
            "EXPIRE k 10": ":1", "PTTL k": ":10000",
            "PEXPIRE k 10": ":1", "PTTL k": ":10",
            "EXPIREAT k 1700000007": ":1", "PTTL k": ":7000",
            "PEXPIREAT k 1700000000007": ":1", "PTTL k": ":7",
            "PERSIST k": ":1", "PERSIST k": ":0", "TTL k": ":-1", "PERSIST none": ":0",
            "EXPIRE none 10": ":0",
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

    @Test func underConditions() {
        var client = CommandRunner()
        client.expect([
            "SET k v": "+OK",
            "EXPIRE k 10 XX": ":0", "EXPIRE k 10 GT": ":0", "TTL k": ":-1",
            "EXPIRE k 10 NX": ":1", "EXPIRE k 20 NX": ":0", "EXPIRE k 20 xx": ":1", "TTL k": ":20",
            "EXPIRE k 20 GT": ":0", "EXPIRE k 21 GT": ":1", "EXPIRE k 21 LT": ":0", "EXPIRE k 19 LT": ":1",
            "EXPIRE k 30 XX GT": ":1", "EXPIRE k 30 XX LT": ":0", "EXPIRE k 40 NX NX": ":0", "TTL k": ":30",
            "PERSIST k": ":1", "EXPIRE k 10 LT": ":1", "TTL k": ":10",
            "EXPIRE k -1 GT": ":0", "EXPIRE k -1 LT": ":1", "EXISTS k": ":0",
        ])
    }

    /// The arguments are looked at before the key is: options first, then the time.
    @Test func wrongArguments() {
        var client = CommandRunner()
        let notAnInteger = "-ERR value is not an integer or out of range"
        let mixed = "-ERR NX and XX, GT or LT options at the same time are not compatible"
        client.expect([
            "EXPIRE none x": notAnInteger,
            "EXPIRE none 1.5": notAnInteger,
            "EXPIRE none 9223372036854775808": notAnInteger,
            "EXPIRE none x SOMETIMES": "-ERR Unsupported option SOMETIMES",
            "EXPIRE none 1 \"a\\r\\nb\\r\\n\"": "-ERR Unsupported option a  b",
            "EXPIRE none 1 \"NX\\x00\"": ":0",
            "EXPIRE none 1 NX XX": mixed, "EXPIRE none 1 GT NX": mixed, "EXPIRE none 1 NX LT": mixed,
            "EXPIRE none 1 GT LT": "-ERR GT and LT options at the same time are not compatible",
            "EXPIRE none 9223372036854775807": "-ERR invalid expire time in 'expire' command",
            "EXPIRE none -9223372036854775808": "-ERR invalid expire time in 'expire' command",
            "PEXPIRE none 9223372036854775807": "-ERR invalid expire time in 'pexpire' command",
            "EXPIREAT none 9223372036854776": "-ERR invalid expire time in 'expireat' command",
            "PEXPIREAT none 9223372036854775807": ":0",
            "EXPIRE none": "-ERR wrong number of arguments for 'expire' command",
            "PEXPIRE none": "-ERR wrong number of arguments for 'pexpire' command",
            "EXPIREAT none": "-ERR wrong number of arguments for 'expireat' command",
            "PEXPIREAT none": "-ERR wrong number of arguments for 'pexpireat' command",
            "TTL": "-ERR wrong number of arguments for 'ttl' command",
            "PTTL a b": "-ERR wrong number of arguments for 'pttl' command",
            "PERSIST": "-ERR wrong number of arguments for 'persist' command",
        ])
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
            client.store.advance(to: CommandRunner.start + 101)
            client.expect([line: reply])
            #expect(client.store.keys.expiringCount == 0)
        }
    }
}
