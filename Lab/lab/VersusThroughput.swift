// Requests per second and server CPU per request.

import LabKit

func measureThroughput(_ throughput: Throughput, _ setting: VersusSetting) throws -> VersusReport {
    let servers = try setting.contenders.map {
        try $0.start(connections: throughput.connections, cores: setting.cores)
    }
    let cells = try throughput.measure(servers)
    let memory = try servers.map { [Double(try $0.facts().residentMemory)] }
    let title =
        "Throughput: \(throughput.connections) connections, \(Format.count(throughput.keys.count)) random keys, "
        + "values of \(throughput.valueSize) bytes; P: requests in flight on a connection"
    var table = TextTable([
        "", "P", "server", "requests/s", "ratio", "server CPU per request, µs", "ratio", "limited by",
    ])
    for cell in cells { table.rows += rows(cell, setting) }
    let list = setting.contenders.indices.map { "\(setting.contenders[$0]) \(Format.memory(Int(memory[$0][0])))" }
    var notes = ["Resident memory after it: " + list.joined(separator: ", ") + "."]
    if !setting.contenders.allSatisfy(\.isConcurrent) {
        notes.append("One connection each, as Stage1-Sync serves no more at a time.")
    }
    if cells.contains(where: { cell in servers.indices.contains { cell.limit($0) != .server } }) {
        notes.append(
            "Where not the server's core was the limit, requests per second say what the client or the machine could do."
        )
    }
    let json: JSON = [
        "connections": .integer(throughput.connections), "keys": .integer(throughput.keys.count),
        "valueSize": .integer(throughput.valueSize), "cells": .array(cells.map { cellJSON($0, setting) }),
        "residentMemory": setting.json(memory),
    ]
    return VersusReport(name: "throughput", title: title, table: table, notes: notes, json: json)
}

private func rows(_ cell: Throughput.Cell, _ setting: VersusSetting) -> [[String]] {
    let others = setting.contenders.indices.filter { $0 != setting.reference }
    return (others + [setting.reference]).enumerated().map { line, index in
        let isReference = index == setting.reference
        let rate = cell.ratio(index, to: setting.reference, \.requestsPerSecond)
        let time = cell.ratio(index, to: setting.reference, \.serverTimePerRequest)
        return [
            line == 0 ? cell.command.rawValue.uppercased() : "", line == 0 ? "\(cell.pipeline)" : "",
            setting.contenders[index].description,
            Format.count(Int(cell.spread(index, \.requestsPerSecond).median)), isReference ? "" : rate.text,
            cell.spread(index, \.serverTimePerRequest).text, isReference ? "" : time.text,
            cell.limit(index).rawValue,
        ]
    }
}

private func cellJSON(_ cell: Throughput.Cell, _ setting: VersusSetting) -> JSON {
    let servers = setting.contenders.indices.map { index -> (String, JSON) in
        (
            setting.contenders[index].description,
            [
                "requestsPerSecond": cell.spread(index, \.requestsPerSecond).json,
                "requestsPerSecondRatio": cell.ratio(index, to: setting.reference, \.requestsPerSecond).json,
                "serverMicroseconds": cell.spread(index, \.serverTimePerRequest).json,
                "serverMicrosecondsRatio": cell.ratio(index, to: setting.reference, \.serverTimePerRequest).json,
                "serverShare": cell.spread(index, \.serverShare).json,
                "clientShare": cell.spread(index, \.clientShare).json,
                "limitedBy": .string(cell.limit(index).rawValue),
            ]
        )
    }
    return [
        "command": .string(cell.command.rawValue), "pipeline": .integer(cell.pipeline), "servers": .members(servers),
    ]
}
