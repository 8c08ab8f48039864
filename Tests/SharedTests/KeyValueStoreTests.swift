// The store against a dictionary, and what it says about its memory.

import Testing

@testable import Shared

extension KeyValueStore {
    /// A store with a clock that only moves when it is told to.
    init(now: Int64, maxMemory: Int = 0) {
        var options = ServerOptions(stage: "Tests")
        options.maxMemory = maxMemory
        self.init(options: options, port: 7379, now: now)
    }

    mutating func set(_ key: [UInt8], to value: [UInt8], keepingDeadline: Bool = false) {
        _ = set(key.span, hash: hash(key.span), to: value.span, keepingDeadline: keepingDeadline)
    }

    mutating func append(_ bytes: [UInt8], to entry: Entry) {
        _ = append(bytes.span, to: entry)
    }

    mutating func entry(_ key: [UInt8]) -> Entry? { find(key.span) }

    mutating func value(of key: [UInt8]) -> [UInt8]? { find(key.span)?.value.copy }
}

@Suite("KeyValueStore") struct KeyValueStoreTests {
    /// What the store should hold.
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
        var random = SeededGenerator()
        var store = KeyValueStore(now: 1000)
        var model = Model()
        for step in 0..<20_000 {
            let number = random.number(below: 300)
            let key = number == 0 ? [] : bytes("key \(number)")
            change(key, random.number(below: 10), &store, &model, &random)
            if step % 50 == 0 {
                store.advance(to: store.now + Int64(random.number(below: 30)))
                model.advance(to: store.now)
            }
            try #require(store.value(of: key) == model.values[key], "step \(step), seed \(SeededGenerator.seed)")
        }
        compareAll(&store, model)
        store.removeAll()
        #expect(store.count == 0)
        #expect(store.expiringCount == 0)
    }

    private func change(
        _ key: [UInt8], _ operation: Int, _ store: inout KeyValueStore, _ model: inout Model,
        _ random: inout SeededGenerator
    ) {
        let value = random.bytes(random.number(below: [0, 10, 80, 900].randomElement(using: &random)! + 1))
        switch operation {
        case 0...2:
            store.set(key, to: value)
            model.values[key] = value
            model.deadlines[key] = nil
        case 3:
            store.set(key, to: value, keepingDeadline: true)
            model.values[key] = value
        case 4:
            guard let entry = store.entry(key) else { return }
            store.remove(entry)
            model.remove(key)
        case 5, 6:
            guard let entry = store.entry(key) else { return }
            store.append(value, to: entry)
            model.values[key]! += value
        case 7, 8:
            guard let entry = store.entry(key) else { return }
            let deadline = store.now + Int64(random.number(below: 200))
            store.setDeadline(deadline, of: entry)
            model.deadlines[key] = deadline
        default:
            guard let entry = store.entry(key) else { return }
            store.removeDeadline(entry)
            model.deadlines[key] = nil
        }
    }

    private func compareAll(_ store: inout KeyValueStore, _ model: Model) {
        for number in 0..<300 {
            let key = number == 0 ? [] : bytes("key \(number)")
            let entry = store.entry(key)
            #expect(entry?.value.copy == model.values[key])
            #expect(entry.flatMap { store.deadline(of: $0) } == model.deadlines[key])
        }
        #expect(store.count == model.values.count)
        #expect(store.expiringCount == model.deadlines.count)
    }

    /// Whether all keys go at once, or one by one.
    @Test func memoryReturnsToTheStart() {
        var store = KeyValueStore(now: 0)
        let start = store.usedMemory
        for removesAtOnce in [true, false] {
            for number in 0..<3000 {
                store.set(bytes("\(number)"), to: [1, 2, 3])
                store.setDeadline(10, of: store.entry(bytes("\(number)"))!)
            }
            #expect(store.usedMemory > start + 3000 * 40)
            if removesAtOnce {
                store.removeAll()
            } else {
                for number in 0..<3000 { store.remove(store.entry(bytes("\(number)"))!) }
            }
            #expect(store.usedMemory == start)
        }
        store.set([1], to: [UInt8](repeating: 5, count: 1 << 20))
        #expect(store.usedMemory > start + 1 << 20)
        store.remove(store.entry([1])!)
        #expect(store.usedMemory == start)
    }

    @Test func oneDeadlineDoesNotHoldThePlaceOfThousands() {
        var store = KeyValueStore(now: 0)
        for number in 0..<10_000 {
            store.set(bytes("\(number)"), to: [1])
            store.setDeadline(10 + Int64(number), of: store.entry(bytes("\(number)"))!)
        }
        for number in 0..<9_990 { store.remove(store.entry(bytes("\(number)"))!) }
        #expect(store.usedMemory < 50_000)
        for number in 9_990..<10_000 {
            #expect(store.deadline(of: store.entry(bytes("\(number)"))!) == 10 + Int64(number))
        }
    }

    @Test func aLargeValueThatBecomesSmallGivesItsMemoryBack() {
        var store = KeyValueStore(now: 0)
        store.set([1], to: [UInt8](repeating: 5, count: 1 << 20))
        let large = store.usedMemory
        store.set([1], to: [6])
        #expect(store.usedMemory < large - 1 << 19)
        #expect(store.value(of: [1]) == [6])
    }

    /// Appending small pieces moves the value a few times, not at each of them.
    @Test func appendingIsAmortised() {
        var store = KeyValueStore(now: 0)
        store.set([1], to: [])
        var sizes: Set<Int> = []
        for _ in 0..<10_000 {
            store.append([7, 8, 9], to: store.entry([1])!)
            sizes.insert(store.usedMemory)
        }
        #expect(store.value(of: [1])?.count == 30_000)
        #expect(sizes.count < 20)
    }

    @Test func emptyKeysAndValuesAreOrdinary() {
        var store = KeyValueStore(now: 0)
        #expect(store.value(of: []) == nil)
        store.set([], to: [])
        #expect(store.value(of: []) == [])
        store.append([], to: store.entry([])!)
        #expect(store.value(of: []) == [])
        #expect(store.count == 1)
    }

    @Test func isFullAboveTheLimit() {
        var store = KeyValueStore(now: 0, maxMemory: 100_000)
        #expect(store.isFull == false)
        store.set([1], to: [UInt8](repeating: 0, count: 100_000))
        #expect(store.isFull == true)
        store.removeAll()
        #expect(store.isFull == false)
        store = KeyValueStore(now: 0)
        #expect(store.isFull == false, "no limit")
    }
}
