// The sentences of the tour are made of the figures of the run, and stand without them too.

import LabKit
import Testing

@testable import lab

extension LoadMeasurement {
    /// A load of one round.
    static func load(
        _ stage: Stage, _ connections: Int, _ pipeline: Int, requests: Int, seconds: Double, cpu: Int, calls: Int,
        served: Int? = nil
    ) -> LoadMeasurement {
        var result = LoadResult()
        result.requests = requests
        result.elapsed = seconds
        result.connections = connections
        result.servedConnections = served ?? connections
        result.unanswered = served == nil ? 0 : connections - 1
        result.latency.record(100_000, times: requests)
        var server = ServerWork()
        server.systemTime = cpu
        server.reads = calls / 2
        server.writes = calls - calls / 2
        server.threads = 1
        return LoadMeasurement(
            stage: stage, connections: connections, pipeline: pipeline, load: result, server: server)
    }

    /// The same load in several rounds, which differ by their CPU time; the rates follow it.
    static func rounds(
        _ stage: Stage, _ connections: Int, _ pipeline: Int, cpu: [Int], calls: Int
    ) -> LoadMeasurement {
        let all = cpu.map { cpu in
            load(stage, connections, pipeline, requests: 100, seconds: Double(cpu) / 1e6, cpu: cpu, calls: calls)
        }
        return all.dropFirst().reduce(into: all[0]) { $0.add($1) }
    }
}

@Suite("Findings in words") struct FindingsTests {
    private func connections(_ stage: Stage, _ idle: Int, cpu: [Double], memory: Int) -> ConnectionMeasurement {
        var result = ConnectionMeasurement(stage: stage, wanted: idle, idle: idle)
        result.latency.record(10_000)
        result.costs = cpu
        result.server.residentMemory = memory
        return result
    }

    /// A thinks for half a second; B asks at once, and waits.
    private func waiting(_ stage: Stage, _ wait: Double) -> WaitingResult {
        let first = Timeline(client: "A", spans: [.init(.connecting, 0, 50), .init(.thinking, 50, 500_000)])
        let end = 50 + wait
        let second = Timeline(
            client: "B", spans: [.init(.connecting, 0, 50), .init(.waiting, 50, end), .init(.receiving, end, end + 9)])
        return WaitingResult(stage: stage, thinkTime: 500_000, timelines: [first, second])
    }

    private var results: TourResults {
        TourResults(
            waiting: [waiting(.sync, 500_000), waiting(.threads, 200)],
            connections: [
                connections(.threads, 0, cpu: [8], memory: 8 << 20),
                connections(.threads, 1000, cpu: [8], memory: 18 << 20),
                connections(.poll, 0, cpu: [10], memory: 8 << 20),
                connections(.poll, 1000, cpu: [400], memory: 8 << 20),
                connections(.epoll, 0, cpu: [10, 11], memory: 8 << 20),
                connections(.epoll, 1000, cpu: [11, 12], memory: 8 << 20),
            ],
            throughput: [
                .load(.sync, 50, 1, requests: 10, seconds: 1, cpu: 10, calls: 30, served: 1),
                .load(.epoll, 50, 1, requests: 1000, seconds: 1, cpu: 1000, calls: 2000),
                .load(.epoll, 50, 16, requests: 1000, seconds: 1, cpu: 1000, calls: 1062),
                .load(.pipelining, 50, 1, requests: 1010, seconds: 1, cpu: 1000, calls: 2020),
                .load(.pipelining, 50, 16, requests: 8000, seconds: 1, cpu: 1000, calls: 1000),
            ])
    }

    @Test func theSentencesHaveTheFiguresOfTheRun() {
        let results = results
        let connections = results.connectionsFinding ?? ""
        #expect(
            connections.contains("400 µs of CPU, 40 times as much as without them") && connections.contains("10.2 KB"))
        #expect(connections.contains("11.0 to 12.0 µs of CPU; without them 10.0 to 11.0 µs: no growth"))
        #expect(results.throughputFinding?.contains("stage 5 serves 8.0 times as many requests as stage 4") == true)
        #expect(results.waitingFinding?.contains("answered after 500 ms") == true)
    }

    @Test func whatWasNotServedIsNoRate() {
        let table = results.summary(Stage.allCases)
        let row = table.rows.first { $0[0] == "requests/s, 50 clients" }
        #expect(row?[1] == "1 of 50" && row?[4] == "1,000" && row?[2] == "-")
        #expect(results.summaryNotes.contains { $0.hasPrefix("1 of 50") })
        #expect(results.throughput[0].servedText.contains("49 requests of the others"))
    }

    /// With one client either side may be ahead, or none: the sentence says what was measured.
    @Test func theOneClientSentenceRestsOnRangesThatDoNotOverlap() {
        var results = TourResults()
        results.single = [
            .rounds(.sync, 1, 1, cpu: [800, 810], calls: 300), .rounds(.epoll, 1, 1, cpu: [790, 1100], calls: 300),
            .rounds(.pipelining, 1, 1, cpu: [1000, 1010], calls: 300),
        ]
        let finding = results.singleFinding ?? ""
        #expect(finding.hasPrefix("Each stage makes 3.0 calls for a request. Least CPU was spent by stage 1\u{A0}Sync"))
        #expect(finding.contains("5\u{A0}Pipelining (1.2 times as much)") && !finding.contains("4\u{A0}Epoll"))
        // A stage that is said to be worse may be the cheapest.
        results.single = [
            .rounds(.sync, 1, 1, cpu: [1000, 1010], calls: 300),
            .rounds(.pipelining, 1, 1, cpu: [500, 505], calls: 300),
        ]
        #expect(results.singleFinding?.contains("Least CPU was spent by stage 5") == true)
        // A tie, and noise.
        for cpu in [[900, 900], [100, 5000]] {
            results.single = [
                .rounds(.sync, 1, 1, cpu: cpu, calls: 300), .rounds(.pipelining, 1, 1, cpu: [900, 900], calls: 300),
            ]
            #expect(results.singleFinding?.contains("No difference in CPU was measured") == true)
        }
        results.single = [.rounds(.sync, 1, 1, cpu: [800], calls: 300)]
        #expect(results.singleFinding == nil)
    }

    /// The rounds that once made the lab say "6.34 times" where its own answer was "not at all".
    @Test func noiseIsNoFinding() {
        let rates = [39_288, 10_166, 194_716, 190_026, 194_808].map { 100_000_000 / $0 }
        let results = TourResults(throughput: [
            .rounds(.epoll, 50, 1, cpu: rates, calls: 200), .rounds(.pipelining, 50, 1, cpu: [520, 530], calls: 200),
        ])
        #expect(results.throughputFinding?.contains("no difference between stages 4 and 5 was measured") == true)
    }

    /// Equal calls cannot be why one serves more; a dearer "better" stage is said to be dearer.
    @Test func aDifferenceIsExplainedByCallsOrNotAtAll() {
        var results = TourResults()
        results.throughput = [
            .rounds(.epoll, 50, 1, cpu: [1000, 1010], calls: 200),
            .rounds(.pipelining, 50, 1, cpu: [520, 530], calls: 200),
        ]
        #expect(results.throughputFinding?.contains("1.9 times as many requests") == true)
        #expect(results.throughputFinding?.contains("the difference is none of the idea's") == true)
        results.requests = [
            .rounds(.epoll, 10, 16, cpu: [500, 505], calls: 106),
            .rounds(.pipelining, 10, 16, cpu: [1000, 1010], calls: 13),
            .rounds(.pipelining, 1, 1, cpu: [300], calls: 200),
        ]
        #expect(results.requestsFinding?.contains("Stage 5 spends 2.0 times the CPU of stage 4") == true)
        // A tie, and a stage that is missing.
        results.requests[1] = .rounds(.pipelining, 10, 16, cpu: [500, 505], calls: 13)
        #expect(results.requestsFinding?.contains("No difference in CPU was measured (5.00 to 5.05 µs") == true)
        results.requests.remove(at: 1)
        #expect(results.requestsFinding == nil)
    }

    @Test func unsteadyCellsAreNamed() {
        var results = TourResults()
        #expect(results.requestsSpread == nil)
        results.requests = [.rounds(.poll, 10, 4, cpu: [100, 104], calls: 200)]
        #expect(results.requestsSpread?.hasSuffix("4 % apart at most.") == true)
        results.requests.append(.rounds(.epoll, 10, 4, cpu: [100, 140, 100], calls: 200))
        #expect(
            results.requestsSpread?.contains("1 of 2 cells did not become steady (10 %): 4\u{A0}Epoll 10 × 4 40 %")
                == true)
    }

    /// On a machine that hardly runs, a server of threads may answer late, and stage 1's client may come late.
    @Test func whoWaitedIsAnOrderAndNoTime() {
        var results = TourResults()
        results.waiting = [waiting(.sync, 600_000), waiting(.threads, 700_000), waiting(.poll, 100)]
        let finding = results.waitingFinding ?? ""
        #expect(finding.contains("by 3\u{A0}Poll.") && finding.contains("had to wait for A in 2\u{A0}Threads, too"))
        results.waiting = [waiting(.sync, 300)]
        #expect(
            results.waitingFinding == "B was answered while A was still thinking, after 300 µs at most, by 1\u{A0}Sync."
        )
        // Nobody was answered.
        results.waiting = [WaitingResult(stage: .sync, thinkTime: 1, timelines: [])]
        #expect(results.waitingFinding == nil)
    }

    /// Silent clients cannot make a server cheaper; where the figures say so, as on a busy machine, no growth is measured.
    @Test func whatSilentClientsSeemToSaveIsNoMemory() {
        let results = TourResults(connections: [
            connections(.poll, 0, cpu: [10, 11], memory: 8 << 20),
            connections(.poll, 1000, cpu: [5, 6], memory: 7 << 20),
            connections(.threads, 0, cpu: [10], memory: 8 << 20),
            connections(.threads, 1000, cpu: [10], memory: 7 << 20),
        ])
        #expect(results.connectionsFinding?.contains("without them 10.0 to 11.0 µs: no growth measured") == true)
        #expect(results.connectionsFinding?.contains("a thread and 0 B") == false)
    }

    @Test func aRatioIsAsExactAsItsRangesAllow() throws {
        let steady = try #require(Comparison(Spread([2.9, 2.95]), to: Spread([1, 1.01])))
        #expect(steady.times == "2.9 times" && steady.isMore)
        let wide = try #require(Comparison(Spread([2, 3.7]), to: Spread([1, 1.1])))
        #expect(wide.times == "1.8 to 3.7 times")
        let barely = try #require(Comparison(Spread([1.03, 1.4]), to: Spread([0.9, 1.02])))
        #expect(barely.times == "up to 1.6 times" && barely.isMore)
        let large = try #require(Comparison(Spread([4100, 4200]), to: Spread([4, 4.1])))
        #expect(large.times == "1,000 times")
        let overlapping = try #require(Comparison(Spread([1, 2]), to: Spread([1.5, 3])))
        #expect(!overlapping.isDifferent)
        #expect(Comparison(nil, to: Spread([1])) == nil && Comparison(Spread([1]), to: Spread([])) == nil)
    }

    /// A run may be of one stage and one experiment.
    @Test(arguments: Stage.allCases) func withoutFiguresThereAreStillSentences(_ stage: Stage) {
        let results = TourResults()
        #expect(stage.inWords.hasSuffix("."))
        #expect(results.summary([stage]).rows.isEmpty)
        #expect(results.throughputFinding == nil && results.waitingFinding == nil && results.requestsFinding == nil)
        #expect(results.connectionsFinding == nil && results.singleFinding == nil && results.summaryNotes.isEmpty)
    }
}
