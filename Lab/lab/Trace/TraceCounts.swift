// What a request cost in system calls, counted in a recording.

import LabKit

extension StageTrace {
    /// What one client's requests cost: calls by name, the dearest first.
    struct Cost: Sendable {
        let client: String
        let asked: Int
        let answered: Int
        let calls: [(name: String, count: Int)]

        var sum: Int { calls.reduce(0) { $0 + $1.count } }
        /// Nil where not all were answered.
        var perRequest: Double? { answered == asked && asked > 0 ? Double(sum) / Double(asked) : nil }
        /// `read 2, write 1`
        var list: String { calls.map { "\($0.name) \($0.count)" }.joined(separator: ", ") }
    }

    /// From when a client's connection was accepted until its last reply was written; the connection itself (`accept4`,
    /// taking it into and out of the interest list, `close`) is not counted.
    ///
    /// Nothing where no call shows whom it serves: with io_uring, that is in memory which the kernel shares.
    var costs: [Cost] {
        clients.compactMap { client in
            let own = calls.filter { $0.served.contains(client.name) && $0.belongsToRequest }
            guard let end = own.last(where: { $0.isWrite })?.end else { return nil }
            var counts: [String: Int] = [:]
            for call in own where call.start <= end { counts[call.name, default: 0] += 1 }
            return Cost(
                client: client.name, asked: client.asked, answered: client.answered,
                calls: counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { ($0.key, $0.value) })
        }
    }
}

extension TracedCall {
    fileprivate var belongsToRequest: Bool {
        switch name {
        case "accept4", "close", "recvfrom", "shutdown": false
        case "epoll_ctl": arguments.contains("EPOLL_CTL_MOD")
        default: true
        }
    }
}

extension StageTrace {
    /// Bytes that lie in the kernel at a moment, of one client: sent and not read yet by the other side.
    struct InKernel: Sendable {
        let client: String
        let requests: Int
        let replies: Int
    }

    /// What lies in the kernel's buffers then, client by client; empty where the server's calls do not show it.
    func inKernel(at time: Double) -> [InKernel] {
        if stage.isByCompletion { return [] }
        return clients.map { client in
            let sum = { (transfers: [TraceClient.Transfer]) in
                transfers.filter { $0.time <= time }.reduce(0) { $0 + $1.bytes }
            }
            let own = calls.filter { $0.targets == [client.name] && $0.end <= time }
            let read = own.filter(\.isRead).reduce(0) { $0 + ($1.value ?? 0) }
            let written = own.filter(\.isWrite).reduce(0) { $0 + ($1.value ?? 0) }
            // A client can have what it was sent before the server's call is seen to return.
            return InKernel(
                client: client.name, requests: max(0, sum(client.sent) - read),
                replies: max(0, written - sum(client.received)))
        }
    }

    /// The same in words; empty where it is not known.
    func buffers(at time: Double) -> String {
        if stage.isByCompletion { return "" }
        var parts: [String] = []
        for lying in inKernel(at: time) {
            if lying.requests > 0 {
                let bytes = TracedCall.bytes(lying.requests)
                parts.append("\(bytes) of \(lying.client)'s request, which the server has not read")
            }
            if lying.replies > 0 {
                parts.append("\(TracedCall.bytes(lying.replies)) of the reply, which \(lying.client) has not read")
            }
        }
        return "In the kernel afterwards: " + (parts.isEmpty ? "nothing." : parts.joined(separator: "; ") + ".")
    }
}

extension StageTrace {
    /// How a thread is called.
    static func name(ofThread number: Int) -> String { number == 1 ? "main" : "thread \(number)" }

    /// What the recording shows about who waits for whom, in a sentence; nil where there is only one client, or the
    /// server's calls do not show it.
    var finding: String? {
        if stage.isByCompletion || clients.count < 2 { return nil }
        let waits = calls.filter { $0.hasWaited && ($0.isRead || $0.isWrite) }.sorted { $0.duration > $1.duration }
        for call in waits {
            let others = inKernel(at: call.end).filter { $0.requests > 0 && !call.targets.contains($0.client) }
            let isServed = { (client: String) in
                calls.contains { $0.served == [client] && $0.start < call.end && $0.end > call.start }
            }
            guard let other = others.first(where: { !isServed($0.client) }) else { continue }
            return "While \(Self.name(ofThread: call.thread)) was in \(call.label) for "
                + "\(TracedCall.time(call.duration)), \(TracedCall.bytes(other.requests)) of \(other.client)'s request "
                + "lay in the kernel: no thread came for them."
        }
        let replies = clients.map { client in client.received.first?.time ?? .infinity }
        return replies[1] < replies[0] ? "\(clients[1].name), which came second, has its reply first." : nil
    }
}

extension TracedCall {
    /// `14 µs`: strace tells no less than a microsecond.
    static func time(_ microseconds: Double) -> String {
        if microseconds >= 1000 { return Format.time(microseconds: microseconds) }
        return Format.count(Int(microseconds.rounded())) + " µs"
    }

    /// Of the C library or the runtime, and about no descriptor.
    var isHousekeeping: Bool { targets.isEmpty && TracePlaces.calls.allSatisfy { $0 != name } }
}

extension TraceRecording {
    /// What requests cost, client by client.
    var costs: TextTable {
        var table = TextTable(["stage", "client", "answered", "calls", "each", "which"])
        for trace in stages {
            for cost in trace.costs {
                table.rows.append([
                    trace.stage.title, cost.client, "\(cost.answered) of \(cost.asked)", String(cost.sum),
                    Format.number(cost.perRequest, decimals: 2), cost.list,
                ])
            }
            if trace.stage.isByCompletion {
                let count = trace.calls.count(where: \.isWait)
                table.rows.append([trace.stage.title, "all", "", "\(count)", "-", "io_uring_enter \(count)"])
            }
        }
        return table
    }
}
