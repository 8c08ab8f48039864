// The sentences of the tour are made of the figures of the run, and stand without them too.

import LabKit
import Testing

@Suite("Findings in words") struct FindingsTests {
    private func load(
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

    private func connections(_ stage: Stage, _ idle: Int, cpu: Int, memory: Int) -> ConnectionMeasurement {
        var result = ConnectionMeasurement(stage: stage, wanted: idle, idle: idle)
        result.latency = Distribution([10, 20])
        result.server.systemTime = cpu * 2
        result.server.residentMemory = memory
        return result
    }

    private var results: TourResults {
        var results = TourResults()
        results.waiting = [Stage.sync, .threads].map { stage in
            let wait = stage == .sync ? 500_000.0 : 200
            let timelines = ["A", "B"].map { client in
                Timeline(client: client, spans: [.init(.connecting, 0, 50), .init(.waiting, 50, 50 + wait)])
            }
            return WaitingResult(stage: stage, thinkTime: 500_000, timelines: timelines)
        }
        results.throughput = [
            load(.sync, 50, 1, requests: 10, seconds: 1, cpu: 10, calls: 30, served: 1),
            load(.epoll, 50, 1, requests: 1000, seconds: 1, cpu: 1000, calls: 2000),
            load(.epoll, 50, 16, requests: 1000, seconds: 1, cpu: 1000, calls: 1062),
            load(.pipelining, 50, 1, requests: 1010, seconds: 1, cpu: 1000, calls: 2020),
            load(.pipelining, 50, 16, requests: 8000, seconds: 1, cpu: 1000, calls: 1000),
        ]
        results.connections = [
            connections(.threads, 0, cpu: 8, memory: 8 << 20), connections(.threads, 1000, cpu: 8, memory: 18 << 20),
            connections(.poll, 0, cpu: 10, memory: 8 << 20), connections(.poll, 1000, cpu: 400, memory: 8 << 20),
            connections(.epoll, 0, cpu: 10, memory: 8 << 20), connections(.epoll, 1000, cpu: 11, memory: 8 << 20),
        ]
        return results
    }

    @Test func theSentencesHaveTheFiguresOfTheRun() {
        let results = results
        #expect(results.sentence(.sync).contains("500 ms"))
        #expect(results.sentence(.threads).contains("200 µs") && results.sentence(.threads).contains("10.2 KB"))
        #expect(results.sentence(.poll).contains("400 µs of CPU instead of 10.0 µs"))
        #expect(results.sentence(.epoll).contains("11.0 µs of CPU, as with none"))
        #expect(results.sentence(.pipelining).contains("0.13 calls for each instead of 1.06, and 8.0 times"))
        #expect(results.throughputFinding?.contains("about as many requests as stage 4") == true)
        #expect(results.connectionsFinding?.contains("40.0 times as much as with none") == true)
        #expect(results.waitingFinding?.contains("answered after 500 ms") == true)
    }

    @Test func whatWasNotServedIsNoRate() {
        let table = results.summary(Stage.allCases)
        let row = table.rows.first { $0[0] == "requests/s, 50 clients" }
        #expect(row?[1] == "1 of 50" && row?[4] == "1,000" && row?[2] == "-")
        #expect(results.summaryNotes.contains { $0.hasPrefix("1 of 50") })
        #expect(results.throughput[0].servedText.contains("49 requests of the others"))
    }

    /// With one client either side may be ahead, and the sentence says what was measured.
    @Test func whoeverIsAheadWithOneClientIsNamed() {
        var results = TourResults()
        let single = { (stage: Stage, cpu: Int) in
            self.load(stage, 1, 1, requests: 100, seconds: 1, cpu: cpu, calls: 300)
        }
        results.single = [single(.sync, 800), single(.epoll, 900), single(.pipelining, 1000)]
        #expect(results.singleFinding?.contains("8.00 µs") == true)
        #expect(results.singleFinding?.contains("spends 1.25 times that") == true)
        results.single = [single(.sync, 1000), single(.epoll, 900), single(.pipelining, 1000)]
        #expect(results.singleFinding?.contains("9.00 µs") == true)
        #expect(results.singleFinding?.contains("None wins by much") == true)
    }

    /// A run may be of one stage and one experiment.
    @Test(arguments: Stage.allCases) func withoutFiguresThereAreStillSentences(_ stage: Stage) {
        let results = TourResults()
        #expect(results.sentence(stage).hasSuffix("."))
        #expect(results.summary([stage]).rows.isEmpty)
        #expect(results.throughputFinding == nil && results.waitingFinding == nil && results.requestsFinding == nil)
        #expect(results.connectionsFinding == nil && results.singleFinding == nil && results.summaryNotes.isEmpty)
    }

    @Test func theMedianRoundCounts() throws {
        let rounds = [900, 100, 200].map { cpu in
            load(.poll, 1, 1, requests: 100, seconds: 100.0 / Double(cpu), cpu: cpu, calls: 200)
        }
        let median = try #require(LoadMeasurement.medianRound(of: rounds))
        #expect(median.cpuPerRequest == 2 && abs(median.requestsPerSecond - 200) < 1e-6 && median.rounds.count == 3)
        #expect(LoadMeasurement.medianRound(of: []) == nil)
    }
}
