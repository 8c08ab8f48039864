// The list of who has been silent longest, against an array that is searched.

import LabKit
import TestSupport
import Testing

@testable import Shared

@Suite("ActivityList") struct ActivityListTests {
    @Test func theOldestComesFirst() {
        var list = ActivityList()
        #expect(list.oldest == nil)
        list.touch(5, at: 100)
        list.touch(0, at: 101)
        list.touch(9, at: 102)
        #expect(list.oldest! == (5, 100))
        list.touch(5, at: 103)
        #expect(list.oldest! == (0, 101))
        list.remove(0)
        list.remove(0)
        #expect(list.oldest! == (9, 102))
        list.remove(9)
        list.touch(5, at: 104)
        #expect(list.oldest! == (5, 104))
        list.remove(5)
        #expect(list.oldest == nil)
    }

    @Test func behavesLikeAnArray() throws {
        var random = SplitMix()
        var list = ActivityList()
        var model: [(descriptor: CInt, time: Int64)] = []
        for time in Int64(0)..<5000 {
            let descriptor = CInt(random.below(40))
            model.removeAll { $0.descriptor == descriptor }
            if random.below(3) == 0 {
                list.remove(descriptor)
            } else {
                list.touch(descriptor, at: time)
                model.append((descriptor, time))
            }
            let isRight = list.oldest?.descriptor == model.first?.descriptor && list.oldest?.time == model.first?.time
            try #require(isRight, "time \(time), seed \(SplitMix.seed)")
        }
        // All of them, in order.
        while let oldest = list.oldest {
            #expect(oldest == model.removeFirst())
            list.remove(oldest.descriptor)
        }
        #expect(model.isEmpty)
    }
}
