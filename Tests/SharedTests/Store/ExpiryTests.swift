// When keys end, by a clock that the tests move: asked for, not asked for, and how long a server may sleep meanwhile.

import Testing

@testable import Shared

@Suite("Expiry") struct ExpiryTests {
    private let start: Int64 = 1_700_000_000_000

    @Test func theLastMillisecondBelongsToTheKey() {
        var keys = Keyspace(1, now: start) { _ in start + 50 }
        keys.advance(to: start + 50)
        #expect(keys.value(of: bytes("0")) == [1], "the last millisecond still belongs to the key")
        #expect(keys.count == 1)
        keys.advance(to: start + 51)
        #expect(keys.value(of: bytes("0")) == nil)
        #expect(keys.count == 0)
        #expect(keys.expiringCount == 0)
    }

    /// Nobody asks for them, and they leave all the same: some at a time, with no rest in between.
    @Test func keysNobodyAsksForLeaveToo() {
        var keys = Keyspace(1000, now: start) { _ in start + 50 }
        for number in 0..<100 { keys.set(bytes("kept \(number)"), to: [2]) }
        keys.advance(to: start + 51)
        #expect(keys.count == 700)
        #expect(keys.timeToNextRound == 0)
        keys.advance(to: start + 51)
        #expect(keys.count == 300)
        keys.advance(to: start + 51)
        #expect(keys.count == 100)
        #expect(keys.timeToNextRound == nil)
    }

    /// Where few have expired, there is a rest between two rounds, and after some rounds all keys were looked at.
    @Test func aFewAmongManyAreFoundInTime() {
        var keys = Keyspace(2000, now: start) { start + ($0 % 100 == 0 ? 10 : 1_000_000) }
        var now = start + 11
        keys.advance(to: now)
        #expect(keys.timeToNextRound == 100)
        keys.advance(to: now + 99)
        #expect(keys.timeToNextRound == 1)
        var rounds = 1
        while keys.count > 1980 && rounds < 100 {
            now += 100
            keys.advance(to: now)
            rounds += 1
        }
        #expect(keys.count == 1980)
        #expect(rounds <= 6)
    }

    @Test func withoutDeadlinesThereIsNothingToWaitFor() {
        var keys = Keyspace(now: start)
        #expect(keys.timeToNextRound == nil)
        keys.set([1], to: [1])
        #expect(keys.timeToNextRound == nil)
        keys.setDeadline(start + 10_000, of: keys.entry([1])!)
        #expect(keys.timeToNextRound == 0)
        keys.advance(to: start)
        #expect(keys.timeToNextRound == 100)
        keys.removeDeadline(keys.entry([1])!)
        #expect(keys.timeToNextRound == nil)
    }

    /// A command before it may have taken long: a time to live counts from when it is given, not from when its turn began.
    @Test func aTimeToLiveCountsFromTheMomentItIsGiven() {
        var client = CommandRunner()
        client.store = KeyValueStore(ServerOptions(stage: "Tests"), port: 0)
        let before = Clock.realTime
        for command in ["SET k v PX 100000", "SET k v EX 100", "PEXPIRE k 100000", "EXPIRE k 100"] {
            client.store.advance(to: before - 50_000)
            _ = client.run(command)
            let entry = client.store.keys.entry(bytes("k"))!
            #expect(client.store.keys.deadline(of: entry)! >= before + 100_000, "\(command)")
        }
    }

    /// Somebody sets the clock back by an hour. A key that is then given a second must not stay for that hour.
    @Test func aClockThatIsSetBackDelaysNothing() {
        var keys = Keyspace(1, now: start) { _ in start + 500 }
        keys.advance(to: start)
        let earlier = start - 3_600_000
        keys.advance(to: earlier)
        keys.setDeadline(earlier + 1000, of: keys.entry(bytes("0"))!)
        #expect(keys.timeToNextRound! <= 100)
        keys.advance(to: earlier + 1001)
        #expect(keys.count == 0)
    }

    @Test func theLatestDeadlineThereIs() {
        var keys = Keyspace(1, now: start) { _ in .max }
        keys.advance(to: start * 1000)
        #expect(keys.count == 1)
        #expect(keys.deadline(of: keys.entry(bytes("0"))!) == .max)
    }

}
