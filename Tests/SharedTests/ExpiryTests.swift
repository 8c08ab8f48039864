// When keys end, by a clock that the tests move: asked for, not asked for, and how long a server may sleep meanwhile.

import Testing

@testable import Shared

@Suite("Expiry") struct ExpiryTests {
    private let start: Int64 = 1_700_000_000_000

    /// A store with `count` keys that end at `deadline`.
    private func store(_ count: Int, deadline: Int64) -> KeyValueStore {
        var store = KeyValueStore(now: start)
        for number in 0..<count {
            store.set(bytes("\(number)"), to: [1])
            store.setDeadline(deadline, of: store.entry(bytes("\(number)"))!)
        }
        return store
    }

    @Test func theLastMillisecondBelongsToTheKey() {
        var store = store(1, deadline: start + 50)
        store.advance(to: start + 50)
        #expect(store.value(of: bytes("0")) == [1], "the last millisecond still belongs to the key")
        #expect(store.count == 1)
        store.advance(to: start + 51)
        #expect(store.value(of: bytes("0")) == nil)
        #expect(store.count == 0)
        #expect(store.expiringCount == 0)
    }

    @Test func askingRemovesAnExpiredKey() {
        var store = store(1, deadline: start + 50)
        // A round has just been made, so the next one does not find it.
        store.advance(to: start + 50)
        store.advance(to: start + 60)
        #expect(store.count == 1)
        #expect(store.value(of: bytes("0")) == nil)
        #expect(store.count == 0)
        #expect(store.timeToNextRound == nil)
    }

    /// Nobody asks for them, and they leave all the same: some at a time, with no rest in between.
    @Test func keysNobodyAsksForLeaveToo() {
        var store = store(1000, deadline: start + 50)
        for number in 0..<100 { store.set(bytes("kept \(number)"), to: [2]) }
        store.advance(to: start + 51)
        #expect(store.count == 700)
        #expect(store.timeToNextRound == 0)
        store.advance(to: start + 51)
        #expect(store.count == 300)
        store.advance(to: start + 51)
        #expect(store.count == 100)
        #expect(store.timeToNextRound == nil)
    }

    /// Where few have expired, there is a rest between two rounds, and after some rounds all keys were looked at.
    @Test func aFewAmongManyAreFoundInTime() {
        var store = store(2000, deadline: start + 1_000_000)
        for number in stride(from: 0, to: 2000, by: 100) {
            store.setDeadline(start + 10, of: store.entry(bytes("\(number)"))!)
        }
        var now = start + 11
        store.advance(to: now)
        #expect(store.timeToNextRound == 100)
        store.advance(to: now + 99)
        #expect(store.timeToNextRound == 1)
        var rounds = 1
        while store.count > 1980 && rounds < 100 {
            now += 100
            store.advance(to: now)
            rounds += 1
        }
        #expect(store.count == 1980)
        #expect(rounds <= 6)
    }

    @Test func withoutDeadlinesThereIsNothingToWaitFor() {
        var store = KeyValueStore(now: start)
        #expect(store.timeToNextRound == nil)
        store.set([1], to: [1])
        #expect(store.timeToNextRound == nil)
        store.setDeadline(start + 10_000, of: store.entry([1])!)
        #expect(store.timeToNextRound == 0)
        store.advance(to: start)
        #expect(store.timeToNextRound == 100)
        store.removeDeadline(store.entry([1])!)
        #expect(store.timeToNextRound == nil)
    }

    /// Somebody sets the clock back by an hour. A key that is then given a second must not stay for that hour.
    /// A command before it may have taken long: a time to live counts from when it is given, not from when its turn began.
    @Test func aTimeToLiveCountsFromTheMomentItIsGiven() {
        var client = CommandRunner()
        client.store = KeyValueStore(options: ServerOptions(stage: "Tests"), port: 0)
        let before = Clock.realTime
        for command in ["SET k v PX 100000", "SET k v EX 100", "PEXPIRE k 100000", "EXPIRE k 100"] {
            client.store.advance(to: before - 50_000)
            _ = client.run(command)
            let entry = client.store.entry(bytes("k"))!
            #expect(client.store.deadline(of: entry)! >= before + 100_000, "\(command)")
        }
    }

    @Test func aClockThatIsSetBackDelaysNothing() {
        var store = store(1, deadline: start + 500)
        store.advance(to: start)
        let earlier = start - 3_600_000
        store.advance(to: earlier)
        store.setDeadline(earlier + 1000, of: store.entry(bytes("0"))!)
        #expect(store.timeToNextRound! <= 100)
        store.advance(to: earlier + 1001)
        #expect(store.count == 0)
    }

    @Test func theLatestDeadlineThereIs() {
        var store = store(1, deadline: .max)
        store.advance(to: start * 1000)
        #expect(store.count == 1)
        #expect(store.deadline(of: store.entry(bytes("0"))!) == .max)
    }

    @Test func anOverwrittenKeyLosesItsDeadlineUnlessItIsKept() {
        var store = store(3, deadline: start + 50)
        // Longer values move to another place; their deadlines must follow.
        store.set(bytes("0"), to: [UInt8](repeating: 0, count: 500), keepingDeadline: true)
        store.set(bytes("1"), to: [UInt8](repeating: 1, count: 500))
        #expect(store.expiringCount == 2)
        store.advance(to: start + 51)
        #expect(store.count == 1)
        #expect(store.value(of: bytes("1"))?.count == 500)
    }
}
