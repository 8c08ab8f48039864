// The list of who has been silent longest, against an array that is searched.

import LabKit
import TestSupport
import Testing

@testable import Shared

@Suite("ActivityList") struct ActivityListTests {
    /// First a few, which makes it empty now and then; then many.
    @Test func behavesLikeAnArray() throws {
        var random = SplitMix()
        var list = ActivityList()
        var model: [(descriptor: CInt, time: Int64)] = []
        for time in Int64(0)..<5000 {
            let descriptor = CInt(random.below(time < 1000 ? 3 : 40))
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
