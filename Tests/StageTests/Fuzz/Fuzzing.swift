// Rounds of random input, until there is one on which two servers differ; and of that the smallest part on which they
// still do: what a person wants to look at.

import Foundation
import LabKit
import Shared
import TestSupport
import Testing

/// Runs FUZZ_COUNT rounds, or for FUZZ_SECONDS. The first has the seed FUZZ_SEED; each further round counts one up, so a
/// failing round can be run alone. The default seed is fixed: a test that passed once passes always.
///
/// - Parameters:
///   - input: makes a round's input.
///   - difference: what was wrong with that input, or with a part of it.
func fuzz<Element>(
    _ name: String, count defaultCount: Int, isPlain: Bool, _ input: (inout RedisGenerator) -> [Element],
    show: ([Element]) -> String, difference: (UInt64, [Element]) throws -> String?
) throws {
    let environment = ProcessInfo.processInfo.environment
    let seconds = environment["FUZZ_SECONDS"].flatMap { Int64($0) }
    let chosen = environment["FUZZ_COUNT"].flatMap { Int($0) }
    // A sanitizer makes everything several times as slow.
    let count = chosen ?? (seconds == nil ? (Sanitizer.isOn ? defaultCount / 4 : defaultCount) : nil)
    let deadline = seconds.map { Clock.monotonic + $0 * 1000 } ?? .max
    print("\(name): FUZZ_SEED=\(SplitMix.seed), \(count.map { "\($0) rounds" } ?? "\(seconds!) s")")
    for round in 0..<(count ?? .max) {
        if Clock.monotonic >= deadline { return }
        let seed = SplitMix.seed &+ UInt64(round)
        var generator = RedisGenerator(seed: seed, isPlain: isPlain)
        let all = input(&generator)
        guard let first = try difference(seed, all) else { continue }
        let smallest = try shrink(all) { try difference(seed, $0) != nil }
        let last = try difference(seed, smallest) ?? first
        Issue.record("FUZZ_SEED=\(seed): with this the two differ:\n\(show(smallest))\n\(last)")
        return
    }
}

/// The same for random requests.
func fuzzRequests(_ name: String, count: Int, difference: (UInt64, [RedisRequest]) throws -> String?) throws {
    try fuzz(
        name, count: count, isPlain: false, { $0.steps() },
        show: { $0.joined().map { "    \($0)" }.joined(separator: "\n") },
        difference: { try difference($0, Array($1.joined())) })
}

/// Drops elements for as long as `fails` stays true of the rest: halves first, then ever smaller pieces, down to
/// single elements (Zeller's delta debugging).
///
/// - Parameter limit: the most calls of `fails`.
func shrink<Element>(_ elements: [Element], limit: Int = 2000, while fails: ([Element]) throws -> Bool) rethrows
    -> [Element]
{
    var rest = elements
    var size = max(1, rest.count / 2)
    var calls = 0
    while true {
        var hasDropped = false
        var start = 0
        while start < rest.count && calls < limit {
            let shorter = Array(rest[..<start] + rest[min(rest.count, start + size)...])
            calls += 1
            if try fails(shorter) {
                rest = shorter
                hasDropped = true
            } else {
                start += size
            }
        }
        if calls >= limit || (size == 1 && !hasDropped) { return rest }
        size = max(1, hasDropped ? min(size, rest.count / 2) : size / 2)
    }
}
