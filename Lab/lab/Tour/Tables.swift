// The tables of the experiments, the same in the terminal and in the report.

import LabKit

extension TourResults {
    var waitsTable: TextTable {
        let clients = waiting.first?.timelines.map { String($0.client.prefix(1)) } ?? []
        return TextTable(
            ["waits for its reply"] + clients,
            waiting.map { result in
                [result.stage.title]
                    + result.timelines.map { Format.time(microseconds: $0.waitingTime) }
            })
    }

    var connectionsTable: TextTable {
        var table = TextTable([
            "stage", "silent clients", "threads", "memory", "CPU per request", "median latency", "99 %",
        ])
        var last: Stage?
        for result in connections {
            table.rows.append([
                result.stage == last ? "" : result.stage.title, Format.count(result.idle),
                Format.count(result.server.threads), Format.memory(result.server.residentMemory),
                result.cost?.timeRange ?? "-", Format.time(microseconds: result.latency(50)),
                Format.time(microseconds: result.latency(99)),
            ])
            last = result.stage
        }
        return table
    }

    /// What stood in the way of experiment 3.
    var connectionRemarks: [String] {
        connections.compactMap { result in
            var text = result.remark
            if result.idle < result.wanted && result.stage.isConcurrent {
                text = "only \(Format.count(result.idle)) were accepted" + (text.map { " (\($0))" } ?? "")
            }
            return text.map { "\(result.stage.title), \(Format.count(result.wanted)) silent clients: \($0)." }
        }
    }

    func throughputTable(
        _ stages: [Stage], _ pipeline: Int, _ rate: Int?, sparklines: Bool = false
    ) -> TextTable {
        var table = TextTable(["stage", "requests per second", "p50", "p99", "p99.9"])
        if sparklines { table.headings.append("10 µs to 100 ms") }
        for stage in stages {
            guard let result = throughput.of(stage, pipeline, rate: rate) else { continue }
            guard result.isServed else {
                let text = "\(result.load.servedConnections) of \(result.connections) served"
                table.rows.append([stage.title, text, "-", "-", "-"])
                continue
            }
            let times = [50, 99, 99.9].map { Format.time(microseconds: result.latency($0)) }
            table.rows.append([stage.title, result.throughput?.text ?? "-"] + times)
            if sparklines { table.rows[table.rows.count - 1].append(result.load.latency.sparkline) }
        }
        return table
    }

    var singleTable: TextTable {
        TextTable(
            [
                "stage", "requests per second", "median latency", "CPU per request", "calls: read, write",
                "calls: poll",
            ],
            single.map { result in
                [
                    result.stage.title, result.throughput?.text ?? "-",
                    Format.time(microseconds: result.latency(50)),
                    result.cost?.timeRange ?? "-",
                    Format.number(result.callsPerRequest, decimals: 2),
                    Format.number(result.perRequest(result.server.waits), decimals: 2),
                ]
            })
    }

    static func loadTitle(_ pipeline: Int) -> String {
        "\(TourPlan.loadConnections) clients, "
            + (pipeline == 1 ? "each waits for its reply" : "\(pipeline) requests in flight each")
    }

    func beyondTable(_ pipeline: Int) -> TextTable {
        TextTable(
            ["server", "calls per request", "CPU per request", "requests per second", "threads"],
            beyond.filter { $0.pipeline == pipeline }.map { result in
                [
                    result.stage.title, Format.number(result.allCallsPerRequest, decimals: 3),
                    result.cost?.timeRange ?? "-", result.throughput?.text ?? "-", Format.count(result.server.threads),
                ]
            })
    }
}
