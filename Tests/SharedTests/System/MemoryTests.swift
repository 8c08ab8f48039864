// What is in use is counted, what was freed goes back, and what clients may hold is bounded.

import Glibc
import Testing

@testable import Shared

@Suite("Memory", .serialized) struct MemoryTests {
    /// Nine of a hundred have passed: too few for a round that stops where it finds little.
    @Test func fewExpiredKeysAmongManyGoToo() {
        var keys = Keyspace(200_000, now: 0) { $0 % 11 == 0 ? 1 : 1_000_000 }
        var (time, rounds): (Int64, Int) = (2, 0)
        while keys.count > 200_000 - 18_182, rounds < 1000 {
            keys.advance(to: time)
            time += keys.timeToNextRound ?? 0
            rounds += 1
        }
        #expect(keys.count == 200_000 - 18_182)
        #expect(time < 3000, "they were all found after \(time) ms")
    }

    @Test func everythingIsRemovedAtOnceAndFreedElsewhere() {
        var keys = Keyspace(50_000, now: 0) { $0 % 2 == 0 ? 10 : nil }
        keys.removeAll()
        #expect(keys.count == 0 && keys.expiringCount == 0)
        #expect(keys.usedMemory < 50_000)
        keys.set([1], to: [2])
        #expect(keys.value(of: [1]) == [2])
        keys.advance(to: 20)
        #expect(keys.count == 1)
    }

    /// A clock before 1970 and the latest deadline there is: the difference has no 64 bits.
    @Test func theLongestTimeToLiveIsNoTrap() {
        var client = CommandRunner()
        client.store = KeyValueStore(client.store.server, now: -5)
        client.expect([
            "SET key value": "+OK", "PEXPIREAT key 9223372036854775807": ":1", "PTTL key": ":9223372036854775807",
            "TTL key": ":9223372036854776",
        ])
    }

    /// The kernel frees faster: what is left at the end is not destroyed.
    @Test func theEndDestroysNothing() async {
        await #expect(processExitsWith: .exitCode(0)) {
            ServerProgram.run("Stage", arguments: []) { _ in
                let store = Loud()
                Self.end(store.count)
            }
        }
    }

    private struct Loud: ~Copyable {
        let count = 1
        deinit { kill(getpid(), SIGKILL) }
    }

    /// Not said to be the end, or the compiler would know that nothing is destroyed behind it.
    private static func end(_ count: Int) {
        ServerProgram.end(requests: count)
    }

    @Test func whatIsFreedIsWorthGivingBackWhenItIsMuch() {
        #expect(!Memory.isWorthGivingBack(0, of: 1 << 20))
        #expect(Memory.isWorthGivingBack(0, of: 3 << 20))
        #expect(!Memory.isWorthGivingBack(100 << 20, of: 149 << 20))
        #expect(Memory.isWorthGivingBack(100 << 20, of: 151 << 20))
        #expect(Memory.resident > 1 << 20)
    }

    /// Up to 32 MB a buffer is doubled; a larger one, which the kernel moves without copying it, grows by a quarter.
    @Test func aLargeBufferGrowsByAQuarter() {
        var buffer = ByteBuffer()
        buffer.appendUnwritten(40 << 20)
        buffer.append(1)
        #expect(buffer.capacity == 50 << 20)
    }
}
