// A turn's budget: time between requests counts, and looking at the clock is not done for each.

import Glibc
import Testing

@testable import Shared

@Suite("TurnBudget") struct TurnBudgetTests {
    /// How many requests a new budget allows, if each takes `microseconds`; at most `limit`.
    private func allowedRequests(taking microseconds: useconds_t, limit: Int) -> Int {
        var budget = TurnBudget()
        for number in 0..<limit {
            if !budget.allowsRequest() { return number }
            usleep(microseconds)
        }
        return limit
    }

    /// The clock is looked at before each eighth request: the first of them finds the time used up.
    @Test func expensiveRequestsUseItUp() {
        #expect(allowedRequests(taking: 5000, limit: 100) == TurnBudget.requestsPerLook)
    }

    /// However late it is used, its time begins with the first request.
    @Test func beginsWithTheFirstRequest() {
        var budget = TurnBudget()
        usleep(5000)
        for number in 0..<TurnBudget.requestsPerLook {
            let isAllowed = budget.allowsRequest()
            #expect(isAllowed, "request \(number)")
        }
    }

    /// As many as one client sends in a pipeline, and more than any fixed small number.
    @Test func ordinaryRequestsAreMany() {
        // A machine that is busy elsewhere may use up the time of one, but not of ten.
        let most = (0..<10).map { _ in allowedRequests(taking: 0, limit: 20) }.max()
        #expect(most == 20)
    }
}
