// Every figure of a run, as JSON.

extension TourResults {
    public func json(_ stages: [Stage], _ plan: TourPlan, _ machine: Machine) -> JSON {
        [
            "level": .string(plan.level.rawValue),
            "seconds": .number(duration),
            "machine": machine.json,
            "stages": .array(stages.map { .string($0.name) }),
            "waiting": .array(waiting.map(\.json)),
            "requests": .array(requests.map(\.json)),
            "connections": .array(connections.map(\.json)),
            "throughput": .array(throughput.map(\.json)),
            "single": .array(single.map(\.json)),
            "beyond": .array(beyond.map(\.json)),
            "systemCalls": .array(systemCalls.map(\.json)),
            "problems": .array(problems.map { .string($0) }),
            "remarks": .array(remarks.map { .string($0) }),
        ]
    }
}

extension WaitingResult {
    var json: JSON {
        [
            "stage": .integer(stage.number),
            "thinkMicroseconds": .number(thinkTime),
            "clients": .array(
                timelines.map { timeline in
                    [
                        "client": .string(timeline.client),
                        "connectMicroseconds": .optional(timeline.connectTime),
                        "waitMicroseconds": .optional(timeline.waitingTime),
                        "phases": .array(
                            timeline.spans.map { span in
                                [
                                    "phase": .string(span.phase.rawValue), "start": .number(span.start),
                                    "end": .number(span.end),
                                ]
                            }),
                    ]
                }),
        ]
    }
}

extension ServerWork {
    var json: JSON {
        [
            "userMicroseconds": .integer(userTime), "systemMicroseconds": .integer(systemTime),
            "reads": .integer(reads), "writes": .integer(writes), "waits": .integer(waits),
            "voluntarySwitches": .integer(voluntarySwitches), "involuntarySwitches": .integer(involuntarySwitches),
            "threads": .integer(threads), "residentBytes": .integer(residentMemory),
        ]
    }
}

extension LoadMeasurement {
    var json: JSON {
        [
            "stage": .integer(stage.number),
            "name": .string(stage.name),
            "connections": .integer(connections),
            "pipeline": .integer(pipeline),
            "rate": .optional(rate),
            "requests": .integer(load.requests),
            "unanswered": .integer(load.unanswered),
            "servedConnections": .integer(load.servedConnections),
            "seconds": .number(load.elapsed),
            "requestsPerSecond": .number(requestsPerSecond),
            "rounds": .array(rounds.map { .number($0) }),
            "cpuMicrosecondsPerRequest": .optional(cpuPerRequest),
            "callsPerRequest": .optional(callsPerRequest),
            "allCallsPerRequest": .optional(allCallsPerRequest),
            "latencyMicroseconds": [
                "p50": .optional(latency(50)), "p90": .optional(latency(90)), "p99": .optional(latency(99)),
                "p99.9": .optional(latency(99.9)), "maximum": .optional(latency(100)),
            ],
            "histogram": .array(
                load.latency.buckets.map { .array([.number(Double($0.upperBound) / 1000), .integer($0.count)]) }),
            "server": server.json,
        ]
    }
}

extension ConnectionMeasurement {
    var json: JSON {
        [
            "stage": .integer(stage.number),
            "wanted": .integer(wanted),
            "idle": .integer(idle),
            "requests": .integer(latency.count),
            "cpuMicrosecondsPerRequest": .optional(cpuPerRequest),
            "latencyMicroseconds": [
                "p50": .optional(latency.median), "p99": .optional(latency.percentile(99)),
                "maximum": .optional(latency.maximum),
            ],
            "remark": .optional(remark),
            "server": server.json,
        ]
    }
}

extension SystemCallMeasurement {
    var json: JSON {
        [
            "stage": .integer(stage.number),
            "pipeline": .integer(pipeline),
            "requests": .integer(requests),
            "callsPerRequest": .object(calls.map { .init(name: $0.name, value: .number($0.perRequest)) }),
        ]
    }
}
