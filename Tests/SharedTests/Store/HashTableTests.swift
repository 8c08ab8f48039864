// The table that grows by a bucket at a time: no key is lost on the way, chains hold, and every byte is accounted for.

import LabKit
import TestSupport
import Testing

@testable import Shared

extension HashTable {
    @discardableResult
    fileprivate mutating func insert(_ key: [UInt8], hash: UInt64, value: [UInt8] = []) -> Entry {
        insert(key.span, hash: hash, value: value.span)
    }

    fileprivate func value(of key: [UInt8], hash: UInt64) -> [UInt8]? { find(key.span, hash: hash)?.value.copy }
}

@Suite("HashTable") struct HashTableTests {
    private func key(_ number: Int) -> [UInt8] { Array("key:\(number)".utf8) }

    /// A good enough hash, and the same at every run.
    private func hash(_ number: Int) -> UInt64 {
        var random = UInt64(truncatingIfNeeded: number) &* 0x9E37_79B9_7F4A_7C15
        random ^= random >> 29
        return (random &* 0xBF58_476D_1CE4_E5B9) | 1 << 63
    }

    /// At every size on the way to 5,000 keys and so past several powers of two, the keys are there; and no insertion does
    /// more than two steps of the growth: that is what the table is for.
    @Test func growingLosesNoKey() {
        var table = HashTable()
        var lost: [Int] = []
        var largestStep = 0
        for number in 0..<5000 {
            let before = table.bucketCount
            table.insert(key(number), hash: hash(number), value: key(number))
            largestStep = max(largestStep, table.bucketCount - before)
            for older in [0, number / 2, number * 3 / 4, number] {
                if table.value(of: key(older), hash: hash(older)) != key(older) { lost.append(older) }
            }
        }
        for number in 0..<5000 where table.value(of: key(number), hash: hash(number)) == nil { lost.append(number) }
        #expect(lost.isEmpty, "\(Set(lost).count) keys are in the table, and are not found")
        #expect(largestStep == 2)
        #expect(table.value(of: key(5000), hash: hash(5000)) == nil)
        #expect(table.count == 5000)
        #expect(table.bucketCount >= 2 * 4999 && table.bucketCount <= 2 * 5000)
    }

    /// At every size on the way back, the keys that stayed are there, and an emptied table is as small as a new one.
    @Test func shrinkingLosesNoKey() {
        var table = HashTable()
        let start = table.allocatedBytes
        for number in 0..<5000 { table.insert(key(number), hash: hash(number), value: key(number)) }
        var lost: [Int] = []
        for number in 0..<5000 {
            if let entry = table.find(key(number).span, hash: hash(number)) { table.remove(entry) }
            for younger in [number + 1, (number + 5000) / 2, 4999] where younger > number && younger < 5000 {
                if table.value(of: key(younger), hash: hash(younger)) != key(younger) { lost.append(younger) }
            }
        }
        #expect(lost.isEmpty, "\(Set(lost).count) keys are in the table, and are not found")
        #expect(table.bucketCount == 1)
        #expect(table.allocatedBytes == start)
    }

    /// Growing, shrinking and growing again, at random, beside the standard library's Dictionary.
    @Test func isTheDictionaryItSeemsToBe() {
        var table = HashTable()
        var model: [Int: Int] = [:]
        var random = SplitMix()
        for round in 0..<60_000 {
            // A tide: mostly insertions for a while, then mostly removals.
            let isRising = round / 6000 % 2 == 0
            let number = random.below(8000)
            let entry = table.find(key(number).span, hash: hash(number))
            #expect((entry == nil) == (model[number] == nil))
            if random.below(10) < (isRising ? 8 : 2) {
                if entry == nil { table.insert(key(number), hash: hash(number), value: key(round)) }
                model[number] = model[number] ?? round
            } else {
                if let entry { table.remove(entry) }
                model[number] = nil
            }
        }
        #expect(table.count == model.count)
        #expect(model.allSatisfy { table.value(of: key($0), hash: hash($0)) == key($1) })
        #expect(table.bucketCount >= 2 * (table.count - 1) && table.bucketCount <= 4 * table.count)
    }

    /// All keys in one chain, where only their bytes tell them apart: found, grown and removed at each place of it.
    @Test func keysOfOneHashFormAChain() {
        var table = HashTable()
        for number in 0..<50 { table.insert(key(number), hash: 1 << 63 | 5, value: key(number)) }
        for number in stride(from: 0, to: 50, by: 3) {
            let entry = table.find(key(number).span, hash: 1 << 63 | 5)!
            if number % 2 == 0 {
                table.remove(entry)
            } else {
                let longer = table.resize(entry, valueCount: 4000, keepingValue: true)
                longer.replaceValue(from: longer.value.count, with: [1, 2, 3].span)
            }
        }
        for number in 0..<50 {
            let value = table.value(of: key(number), hash: 1 << 63 | 5)
            switch number % 6 {
            case 0: #expect(value == nil)
            case 3: #expect(value == key(number) + [1, 2, 3])
            default: #expect(value == key(number))
            }
        }
    }

    @Test func everyByteIsAccountedFor() {
        var table = HashTable()
        let start = table.allocatedBytes
        var entries: [Entry] = []
        for number in 0..<1000 {
            entries.append(table.insert(key(number), hash: hash(number), value: key(number * 7)))
        }
        for index in entries.indices where index % 2 == 0 {
            entries[index] = table.resize(entries[index], valueCount: index * 3, keepingValue: index % 4 == 0)
        }
        #expect(table.allocatedBytes == start + entries.reduce(0) { $0 + $1.allocatedBytes })
        for entry in entries { table.remove(entry) }
        #expect(table.allocatedBytes == start)
        #expect(table.count == 0)
    }

}
