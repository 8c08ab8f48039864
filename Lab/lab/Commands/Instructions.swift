// `lab instructions`: what a request costs in machine instructions of the server's own. Unlike time, the number is
// nearly the same on every run and beside every neighbour, so a bound on it shows a regression without a clock.
//
// Valgrind's callgrind counts. A run of few requests and one of many are subtracted, so that the start does not count.

import LabKit
import Shared

private let options = CommandOptions(
    command: "lab instructions",
    summary:
        "Counts the instructions that a GET and a SET cost a server (with valgrind; the kernel's are not counted).",
    options: [
        .init("--stage", "N", "which stage, 4 or 5 (5)"),
        .init("--pipeline", "N", "requests in flight (16)"),
        .init("--check", nil, "fail when a bound is exceeded (stage 5, 16 in flight)"),
    ])

/// The bounds that `--check` holds: about a sixth above what was measured when they were last set.
private let bounds = ["get": 1500, "set": 1650]

func runInstructions(_ arguments: [String]) throws {
    let values = try options.values(arguments)
    let known = Stage.all.filter { $0.wireProtocol == .resp2 }
    let stage = try values.stages("--stage", among: known)?.first ?? .pipelining
    let depth = try values.number("--pipeline", in: 1...1000) ?? 16
    if values.has("--check") && (stage != .pipelining || depth != 16) {
        throw LabError("--check has bounds for stage 5 with 16 in flight")
    }
    Children.endOnSignal()
    var failed = false
    for command in ["GET", "SET"] {
        let name = command.lowercased()
        let few = try instructions(stage, command, batches: 100, depth: depth)
        let many = try instructions(stage, command, batches: 1100, depth: depth)
        let each = (many - few) / (1000 * depth)
        var line = "\(name), \(depth) in flight: \(each) instructions for each"
        if values.has("--check"), let bound = bounds[name] {
            line += each <= bound ? ", within the bound of \(bound)" : ", ABOVE the bound of \(bound)"
            failed = failed || each > bound
        }
        print(line)
    }
    if failed { throw LabError("a request costs more than it did; see Lab/README.md, \"Where the time goes\"") }
}

/// Runs a server under callgrind for so many batches of requests, and returns all instructions it executed.
private func instructions(_ stage: Stage, _ command: String, batches: Int, depth: Int) throws -> Int {
    let server = try ServerProcess(
        stage, wrapper: ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"], timeout: 60)
    var client = try server.connect(timeout: 60)
    let keyCount = 10_000
    let value = "xyz".bytes
    func key(_ index: Int) -> [UInt8] { "key:\(100_000_000_000 + index * 7919 % keyCount)".bytes }
    for index in 0..<keyCount { _ = try client.call(["SET".bytes, key(index), value]) }
    for batch in 0..<batches {
        let requests = (batch * depth..<(batch + 1) * depth).flatMap { index in
            stage.wireProtocol.encode([command.bytes, key(index)] + (command == "SET" ? [value] : []))
        }
        try client.send(bytes: requests)
        for _ in 0..<depth {
            let reply = try client.receive()
            guard reply.says(command == "SET" ? .ok : .string(value)) else {
                throw LabError("a wrong reply to \(command): \(reply)")
            }
        }
    }
    server.end(within: 60_000)
    guard let line = server.output.split(separator: "\n").last(where: { $0.contains("Collected : ") }),
        let count = Int(line.split(separator: " ").last ?? "")
    else { throw LabError("valgrind printed no count; it printed: \(server.output)") }
    return count
}
