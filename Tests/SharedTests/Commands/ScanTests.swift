// SCAN's promise: every key that is there from the first call to the last is returned, whatever else comes and goes.

import LabKit
import TestSupport
import Testing

@testable import Shared

@Suite("SCAN") struct ScanTests {
    /// One SCAN call; the cursor it returns, and the keys.
    private func scan(_ client: inout CommandRunner, from cursor: String, _ options: String) -> (String, [String]) {
        let lines = text(client.run("SCAN \(cursor) \(options)")).split(
            separator: "\r\n", omittingEmptySubsequences: false)
        // *2 $1 cursor *n $length key ...
        return (String(lines[2]), stride(from: 5, to: lines.count - 1, by: 2).map { String(lines[$0]) })
    }

    private func mset(_ names: some Collection<String>) -> [[UInt8]] {
        [bytes("MSET")] + names.flatMap { [bytes($0), bytes("v")] }
    }

    @Test(arguments: [0, 1, 2, 3, 7, 8, 9, 100, 1023, 1024, 1025, 5000], [1, 10, 1000])
    func withoutChangesEachKeyIsReturnedOnce(keys: Int, count: Int) {
        var client = CommandRunner()
        let names = (0..<keys).map { "key:\($0)" }
        if keys > 0 { _ = client.run(mset(names)) }
        var (cursor, seen) = ("0", [String]())
        repeat {
            let (next, some) = scan(&client, from: cursor, "COUNT \(count)")
            cursor = next
            seen += some
        } while cursor != "0"
        #expect(seen.sorted() == names.sorted())
    }

    /// Between two calls the table is filled and emptied at random, so that it grows and shrinks over several powers of
    /// two, with the position anywhere.
    @Test func everyKeyThatStaysIsReturned() {
        var random = SplitMix()
        for round in 1...60 { scanWhileKeysComeAndGo(round, &random) }
    }

    private func scanWhileKeysComeAndGo(_ round: Int, _ random: inout SplitMix) {
        var client = CommandRunner()
        let staying = (0..<random.below(300)).map { "stays:\($0)" }
        var passing = Set<String>()
        if !staying.isEmpty { _ = client.run(mset(staying)) }
        var (cursor, seen, calls) = ("0", [String](), 0)
        repeat {
            let (next, some) = scan(&client, from: cursor, "COUNT \(1 + random.below(20))")
            cursor = next
            seen += some
            calls += 1
            if random.below(3) == 0 {
                let names = (0..<random.below(3000)).map { _ in "passes:\(random.below(5000))" }
                if !names.isEmpty { _ = client.run(mset(names)) }
                passing.formUnion(names)
            } else {
                let names = passing.filter { _ in random.below(8) > 0 }
                if !names.isEmpty { _ = client.run([bytes("DEL")] + names.map { bytes($0) }) }
                passing.subtract(names)
            }
        } while cursor != "0"
        let missing = Set(staying).subtracting(seen)
        #expect(missing.isEmpty, "round \(round): \(missing.count) of \(staying.count) keys were not returned")
        #expect(seen.count { $0.hasPrefix("stays") } == staying.count, "round \(round): a key was returned twice")
        #expect(calls > 1 || staying.count < 30)
    }

    /// Many keys in a few buckets, and buckets that hold none: with the hash chosen, not drawn.
    @Test func everyPositionLeadsToTheEnd() {
        var table = HashTable()
        for number in 0..<200 {
            let (key, hash) = (bytes("\(number)"), UInt64(number % 5) << 28 | UInt64(number % 3))
            _ = table.insert(key.span, hash: hash, value: key.span)
        }
        for start in [0, 1, 1 << 31, 1 << 30 + 5, .max] as [UInt32] {
            var (position, visits) = (start, 0)
            repeat {
                let next = table.visit(from: position) { #expect($0.header.hash.bitsReversed >= position) }
                #expect(next == 0 || next > position)
                position = next
                visits += 1
            } while position != 0
            #expect(visits <= table.bucketCount)
        }
    }

    @Test func aBucketIsAStretchOfTheOrder() {
        #expect((1 as UInt32).bitsReversed == 1 << 31)
        #expect((0x0F00_00F1 as UInt32).bitsReversed == 0x8F00_00F0)
        for value in [0, 1, 2, 0x8000_0000, 0xDEAD_BEEF, .max] as [UInt32] {
            #expect(value.bitsReversed.bitsReversed == value)
        }
    }

    @Test func expiredKeysAreNotReturned() {
        var client = CommandRunner()
        client.expect(["SET a 1 PX 1000": "+OK", "SET b 1": "+OK"])
        client.store.advance(to: CommandRunner.start + 500)
        client.expect(["DBSIZE": ":2"])
        client.store.keys.now = CommandRunner.start + 2000
        client.expect(["KEYS *": "*1\r\n$1\r\nb", "SCAN 0": "*2\r\n$1\r\n0\r\n*1\r\n$1\r\nb", "DBSIZE": ":1"])
    }
}
