// The keyspace against a dictionary, and what it says about its memory.

import LabKit
import TestSupport
import Testing

@testable import Shared

extension Keyspace {
    /// With `count` keys, "0", "1" and so on; each has this value, and the end that `deadline` gives it.
    init(_ count: Int, now: Int64, value: [UInt8] = [1], deadline: (Int) -> Int64?) {
        self.init(now: now)
        for number in 0..<count {
            set(bytes("\(number)"), to: value)
            if let time = deadline(number) { setDeadline(time, of: entry(bytes("\(number)"))!) }
        }
    }

    mutating func set(_ key: [UInt8], to value: [UInt8], keepingDeadline: Bool = false) {
        _ = set(
            key.span, hash: hash(key.span), at: find(key.span), to: value.span, keepingDeadline: keepingDeadline)
    }

    mutating func append(_ bytes: [UInt8], to entry: Entry) {
        _ = append(bytes.span, to: entry)
    }

    mutating func entry(_ key: [UInt8]) -> Entry? { find(key.span) }

    mutating func value(of key: [UInt8]) -> [UInt8]? { find(key.span)?.value.copy }
}

@Suite("Keyspace") struct KeyspaceTests {
    /// What the keyspace should hold.
    private struct Model {
        var values: [[UInt8]: [UInt8]] = [:]
        var deadlines: [[UInt8]: Int64] = [:]

        mutating func advance(to now: Int64) {
            for (key, deadline) in deadlines where deadline < now { remove(key) }
        }

        mutating func remove(_ key: [UInt8]) {
            values[key] = nil
            deadlines[key] = nil
        }
    }

    /// Every operation in random order on a few hundred keys, the empty one among them; values of many sizes, so that
    /// they are overwritten in place, moved, and shrunk.
    @Test func behavesLikeADictionary() throws {
        var random = SplitMix()
        var keys = Keyspace(now: 1000)
        var model = Model()
        for step in 0..<20_000 {
            let number = random.below(300)
            let key = number == 0 ? [] : bytes("key \(number)")
            change(key, random.below(10), &keys, &model, &random)
            if step % 50 == 0 {
                keys.advance(to: keys.now + Int64(random.below(30)))
                model.advance(to: keys.now)
            }
            try #require(keys.value(of: key) == model.values[key], "step \(step), seed \(SplitMix.seed)")
        }
        compareAll(&keys, model)
        keys.removeAll()
        #expect(keys.count == 0)
        #expect(keys.expiringCount == 0)
    }

    private func change(
        _ key: [UInt8], _ operation: Int, _ keys: inout Keyspace, _ model: inout Model,
        _ random: inout SplitMix
    ) {
        let value = random.bytes(random.below([0, 10, 80, 900].randomElement(using: &random)! + 1))
        switch (operation, keys.entry(key)) {
        case (0...2, _):
            keys.set(key, to: value)
            model.values[key] = value
            model.deadlines[key] = nil
        case (3, _):
            keys.set(key, to: value, keepingDeadline: true)
            model.values[key] = value
        case (4, let entry?):
            keys.remove(entry)
            model.remove(key)
        case (5...6, let entry?):
            keys.append(value, to: entry)
            model.values[key]! += value
        case (7...8, let entry?):
            let deadline = keys.now + Int64(random.below(200))
            keys.setDeadline(deadline, of: entry)
            model.deadlines[key] = deadline
        case (_, let entry?):
            keys.removeDeadline(entry)
            model.deadlines[key] = nil
        default: break
        }
    }

    private func compareAll(_ keys: inout Keyspace, _ model: Model) {
        for number in 0..<300 {
            let key = number == 0 ? [] : bytes("key \(number)")
            let entry = keys.entry(key)
            #expect(entry?.value.copy == model.values[key])
            #expect(entry.flatMap { keys.deadline(of: $0) } == model.deadlines[key])
        }
        #expect(keys.count == model.values.count)
        #expect(keys.expiringCount == model.deadlines.count)
    }

    /// Whether all keys go at once, or one by one.
    @Test func memoryReturnsToTheStart() {
        let start = Keyspace(now: 0).usedMemory
        for removesAtOnce in [true, false] {
            var keys = Keyspace(3000, now: 0) { _ in 10 }
            #expect(keys.usedMemory > start + 3000 * 40)
            if removesAtOnce {
                keys.removeAll()
            } else {
                for number in 0..<3000 { keys.remove(keys.entry(bytes("\(number)"))!) }
            }
            #expect(keys.usedMemory == start)
            #expect(keys.value(of: bytes("1")) == nil)
            keys.set([1], to: [UInt8](repeating: 5, count: 1 << 20))
            #expect(keys.usedMemory > start + 1 << 20)
            keys.remove(keys.entry([1])!)
            #expect(keys.usedMemory == start)
        }
    }

    @Test func oneDeadlineDoesNotHoldThePlaceOfThousands() {
        var keys = Keyspace(10_000, now: 0) { 10 + Int64($0) }
        for number in 0..<9_990 { keys.remove(keys.entry(bytes("\(number)"))!) }
        #expect(keys.usedMemory < 50_000)
        for number in 9_990..<10_000 {
            #expect(keys.deadline(of: keys.entry(bytes("\(number)"))!) == 10 + Int64(number))
        }
    }

    @Test func aLargeValueThatBecomesSmallGivesItsMemoryBack() {
        var keys = Keyspace(now: 0)
        keys.set([1], to: [UInt8](repeating: 5, count: 1 << 20))
        let large = keys.usedMemory
        keys.set([1], to: [6])
        #expect(keys.usedMemory < large - 1 << 19)
        #expect(keys.value(of: [1]) == [6])
    }

    /// Appending small pieces moves the value a few times, not at each of them.
    @Test func appendingIsAmortised() {
        var keys = Keyspace(now: 0)
        keys.set([1], to: [])
        var sizes: Set<Int> = []
        for _ in 0..<10_000 {
            keys.append([7, 8, 9], to: keys.entry([1])!)
            sizes.insert(keys.usedMemory)
        }
        #expect(keys.value(of: [1])?.count == 30_000)
        #expect(sizes.count < 20)
    }

}
