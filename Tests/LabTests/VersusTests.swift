import LabKit
import Testing

@testable import lab

@Suite("Versus") struct VersusTests {
    @Test func medians() {
        #expect(Spread([3, 1, 2]).median == 2)
        #expect(Spread([4, 1, 2, 3]).median == 2.5)
        #expect(Spread([5]).text == "5.00")
        #expect(Spread([1, 2, 3]).text == "2.00 (1.00-3.00)")
        #expect(Spread([]).median.isNaN)
    }

    /// The baseline comes first and is marked; four columns of figures fit a terminal.
    @Test func theTableIsReadableAtEightyColumns() {
        let rates = [[1_234_567, 1_300_000], [1_334_567, 1_400_000.0]]
        let report = VersusReport(
            name: "throughput", title: "", contenders: ["plain C as stage 5", "Stage5-Pipelining"],
            figures: [
                .init("MIXED, 100 in flight", rates, unit: "requests/s"),
                .init("MIXED, 100 in flight", [[0.45, 0.47], [0.9, 0.95]], unit: "CPU"),
            ])
        let lines = report.table.lines(width: 80)
        #expect(lines.allSatisfy { $0.count <= 80 }, "\(lines)")
        #expect(lines.count == 5 && lines[3].hasPrefix("  plain C as stage 5 (= 1)"))
        #expect(lines[4].hasSuffix("2.01 ±1%"), "\(lines)")
    }

    @Test func aPeerIsANameAndACommand() throws {
        let peer = try Peer(option: "valkey=valkey-server --port {port} --save ''")
        #expect(peer.name == "valkey" && peer.command == ["valkey-server", "--port", "{port}", "--save", ""])
        for text in ["valkey", "a=", "=b", "a=server --port 1", "a=server '{port}"] {
            #expect(throws: LabError.self) { try Peer(option: text) }
        }
    }

    /// How many of 500 requests are answered.
    private func run(
        _ server: RunningServer, _ command: LoadCommand = .mixed, pipeline: Int = 1, fixedValue: [UInt8]? = nil
    ) throws -> Int {
        var plan = server.plan(
            command, connections: 3, pipeline: pipeline, limit: .requests(500), keys: 0..<50)
        plan.fixedValue = fixedValue
        return try Load.run(plan).requests
    }

    @Test("any server that speaks RESP is a peer")
    func peer() throws {
        let path = "\(ServerProcess.buildFolder)/\(Stage.epoll.name)"
        let server = try Contender.peer(Peer(option: "mine='\(path)' --port {port}")).start()
        #expect(try run(server) == 500)
        let error = #expect(throws: (any Error).self) {
            _ = try Contender.peer(Peer(option: "mine='\(path)' --nonsense {port}")).start()
        }
        #expect("\(error!)".contains("before it listened"))
    }

    /// A round in which everything was slow has the same ratio as the others.
    @Test func ratiosAreByRound() {
        let ratio = Spread.ratio([1, 10, 1], to: [2, 20, 2])
        #expect(ratio == Spread([0.5, 0.5, 0.5]))
        #expect(Spread.ratio([1], to: [0]).median.isNaN)
    }

    @Test("measures every contender in every cell")
    func throughput() throws {
        let throughput = Throughput(
            commands: [.set, .get], pipelines: [1, 8], connections: 3, rounds: 2, seconds: 0.02, keys: 0..<100)
        let servers = try [Contender.stage(.threads), .stage(.pipelining)].map { try $0.start() }
        let cells = try throughput.measure(servers)
        #expect(cells.count == 4)
        for cell in cells {
            #expect(cell.runs.map(\.count) == [2, 2])
            #expect(cell.runs.joined().allSatisfy { $0.requestsPerSecond > 0 && $0.serverTimePerRequest >= 0 })
        }
    }

    @Test("redis-server, too", .enabled(if: Programs.path(of: "redis-server") != nil, "needs redis-server on PATH"))
    func redis() throws {
        let server = try Contender.redis.start()
        #expect(try run(server) == 500)
        #expect(try server.facts().residentMemory > 0)
    }

    @Test(
        "plain C programs answer the same load",
        .enabled(if: Programs.cCompiler != nil, "needs a C compiler"), .serialized, arguments: Stage.allCases)
    func baseline(_ stage: Stage) throws {
        let server = try Contender.baseline(stage, executable: try Baseline.build()).start()
        for command in [LoadCommand.ping, .set, .get] {
            #expect(try run(server, command, pipeline: 5, fixedValue: Baseline.value) == 500)
        }
    }
}
