// The ideas of stages 4 and 5 are about what a request costs, which clients cannot see. Calls can be counted, with
// strace; times would say little on a busy machine.

import Shared

extension CheckClause {
    /// Stage 3 fails this: each `poll` hands the whole list over.
    public static let idleClientsAreFree = CheckClause(
        "a request costs no more beside 300 idle clients than beside 10", from: 4, isIdea: true, needsStrace: true,
        .epoll,
        target: idleCost)

    private static func idleCost(_ target: CheckTarget) throws {
        if let obstacle = Strace.obstacle { throw NotChecked(description: obstacle) }
        let (few, many) = (10, 300)
        let requests = 50
        let work = try [few, many].map { idle in
            let counts = try CallTrace.count(target) { server, client, counted in
                // Each asks once, and is known to the server from then on.
                let others = try (0..<idle).map { _ in try server.newClient() }
                for other in others { try server.check(other, "PING", .pong) }
                try counted()
                for number in 1...requests { try server.check(client, "INCR n", .integer(Int64(number))) }
                return others
            }
            return (calls: Double(counts.calls) / Double(requests), entries: Double(counts.entries) / Double(requests))
        }
        let growth = work[1].calls + work[1].entries - work[0].calls - work[0].entries
        if growth < Double(many - few) / 2 { return }
        let figures = zip([few, many], work).map { idle, work in
            "\(Format.number(work.calls, decimals: 0)) system calls a request, with lists of "
                + "\(Format.number(work.entries, decimals: 0)) descriptors in all, beside \(idle) idle clients"
        }
        throw ClauseFailure(
            sent: "\(requests) times INCR n by one client, beside \(few) idle ones and beside \(many)",
            expected: "the same calls for a request, and no list of all clients in them",
            got: figures.joined(separator: "; "))
    }

    /// Stage 4 fails this: it writes each reply by itself.
    public static let fewWrites = CheckClause(
        "sixteen requests in one write are answered with few writes", from: 5, isIdea: true, needsStrace: true,
        .pipelining,
        target: writesForSixteen)

    private static func writesForSixteen(_ target: CheckTarget) throws {
        if let obstacle = Strace.obstacle { throw NotChecked(description: obstacle) }
        let (rounds, depth, most) = (10, 16, 4)
        let requests = (1...depth).flatMap { target.wireProtocol.encode("ECHO \($0)") }
        let sent = "\(depth) requests in one write, \(rounds) times"
        let counts = try CallTrace.count(target) { server, client, counted in
            try counted()
            for _ in 0..<rounds {
                try server.send(client, sent) { try client.send(bytes: requests) }
                for number in 1...depth { try server.checkNext(client, .string("\(number)"), after: sent) }
            }
            return []
        }
        // The reply to what marks the beginning is one.
        let writes = Double(counts.writes - 1) / Double(rounds)
        if writes <= Double(most) { return }
        throw ClauseFailure(
            sent: sent, expected: "one write for their replies, or at most \(most)",
            got: "\(Format.number(writes, decimals: 1)) writes for \(depth) replies")
    }
}
