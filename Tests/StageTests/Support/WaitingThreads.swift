// Tests of servers mostly wait: for a reply, an idle timeout, the end of a process. Swift Testing runs as many tests at
// once as there are processors, and one that waits keeps its place. A suite marked `.waits` runs on threads of its own
// instead, so that others wait at the same time.

import Foundation
import Testing

extension Trait where Self == WaitingTrait {
    /// For a suite whose tests wait more than they work.
    static var waits: WaitingTrait { WaitingTrait() }
}

struct WaitingTrait: SuiteTrait, TestScoping {
    func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(WaitingThreads.shared) { try await function() }
    }
}

/// Threads that run what a task would otherwise run on the processors' own.
private final class WaitingThreads: TaskExecutor {
    static let shared = WaitingThreads()

    private let queue = OperationQueue()

    private init() {
        // With more of them, servers would wait for a processor, and tests for servers.
        queue.maxConcurrentOperationCount = 5
    }

    func enqueue(_ job: consuming ExecutorJob) {
        let job = UnownedJob(job)
        queue.addOperation { job.runSynchronously(on: self.asUnownedTaskExecutor()) }
    }
}
