// What the soak does to a server beside many small things: memory that has to come back, limits that have to hold, and
// clients that make others wait. Each is tested by itself elsewhere; here they come again and again, in any order.

import LabKit
import Shared
import TestSupport
import Testing

/// Clients who stay from round to round.
struct SoakGuests {
    /// They have vanished without a word, and the server has to find that out.
    var vanished: [TestClient] = []
    /// It reads a reply of megabytes, ten kilobytes in a round.
    var slowReader: TestClient?
    var left = 0
    var lastRead: Int64 = 0
}

extension Soak {
    /// A limit that some of what is done here would cross.
    static let maxMemory = 24 * Hostile.megabyte
    /// For the event loops, in seconds.
    static let idleTimeout = 5

    mutating func heavyMove() throws {
        switch random.below(7) {
        case 0: try largeValues()
        case 1: try flushAmongParts()
        case 2: try requestsInPart()
        case 3: try repliesThatNobodyReads()
        case 4: try askBeyondTheLimit()
        case 5: try vanish()
        default: try expensiveRequests()
        }
    }

    private func value(_ megabytes: Int) -> [UInt8] {
        [UInt8](repeating: 7, count: megabytes * Hostile.megabyte)
    }

    /// Large values with small keys between them.
    private func largeValues() throws {
        let client = try server.newClient()
        for index in 0..<4 {
            _ = try client.call(["SET".bytes, "large:\(index)".bytes, value(5)])
            _ = try client.ask("SET small:\(index) value")
        }
        #expect(try client.ask("DEL large:0 large:1 large:2 large:3") != .null)
    }

    private func flushAmongParts() throws {
        let others = try (0..<(stage.isConcurrent ? 3 : 0)).map { _ in try server.newClient() }
        for other in others { _ = other.sendNow(stage.encode("SET key value").dropLast()) }
        let client = try server.newClient()
        for batch in 0..<10 {
            let pairs = (0..<500).flatMap { ["key:\(batch):\($0)".bytes, [UInt8](repeating: 1, count: 1000)] }
            _ = try client.call(["MSET".bytes] + pairs)
        }
        #expect(try client.ask("FLUSHALL") == stage.ok)
        #expect(try client.ask("DBSIZE") == .integer(0))
    }

    /// Clients who leave in the middle of megabytes.
    private func requestsInPart() throws {
        let request = stage.encode(["SET".bytes, "part".bytes, value(3)])
        for _ in 0..<3 { try server.newClient().send(bytes: request.dropLast()) }
    }

    private func repliesThatNobodyReads() throws {
        do {
            let client = try server.newClient()
            _ = try client.call(["SET".bytes, "large:0".bytes, value(5)])
        }
        let clients = try (0..<(stage.isConcurrent ? 3 : 1)).map { _ in try server.newClient() }
        for client in clients {
            client.limitReceiveBuffer()
            try client.send("MGET large:0 large:0 large:0 large:0")
        }
        for client in clients { client.reset() }
    }

    /// What would cross the limit is refused, and a name that is too long as well.
    private func askBeyondTheLimit() throws {
        let client = try server.newClient()
        let pairs = (0..<5).flatMap { ["large:\($0)".bytes, value(5)] }
        let reply = try client.call(["MSET".bytes] + pairs)
        #expect(reply == .error("OOM command not allowed when used memory > 'maxmemory'."))
        guard case .error = try client.call(["CLIENT".bytes, "SETNAME".bytes, value(1)]) else {
            Issue.record("\(stage): a name of a megabyte")
            return
        }
    }

    /// A pool has four threads, and the first stage one: as many vanish as leave somebody to serve the others.
    private mutating func vanish() throws {
        guests.vanished.removeAll()
        for _ in 0..<(stage.isConcurrent ? 3 : 1) {
            let client = try server.servedClient()
            try client.vanish()
            guests.vanished.append(client)
        }
        try server.expectService(stage)
    }

    /// Many clients at once whose requests take long, and read nothing.
    private func expensiveRequests() throws {
        let requests = (0..<200).flatMap { _ in stage.encode("INFO") }
        let clients = try (0..<(stage.isConcurrent ? 20 : 1)).map { _ in try server.newClient() }
        for client in clients { _ = client.sendNow(requests[...]) }
        if stage.isConcurrent && stage.concurrency != .pool { try server.expectService(stage) }
        for client in clients { client.reset() }
    }

    /// Lets a client read a little of its reply: it must not be taken for idle. When this machine has held it up, it may.
    mutating func readSlowly() throws {
        guard stage.isConcurrent && stage.concurrency != .pool else { return }
        if let reader = guests.slowReader, guests.left > 0 {
            let count = reader.receive(exactly: min(10_000, guests.left)).count
            let now = Clock.monotonic
            defer { guests.lastRead = now }
            guests.left -= count
            if guests.left == 0 || count > 0 { return }
            #expect(now - guests.lastRead > Int64(Self.idleTimeout) * 500, "\(stage) closed a client that was reading")
        }
        let reader = try server.newClient()
        guard try reader.call(["SET".bytes, "slow".bytes, value(4)]) == stage.ok else { return }
        reader.limitReceiveBuffer()
        try reader.send("GET slow")
        (guests.slowReader, guests.left, guests.lastRead) = (reader, value(4).count, Clock.monotonic)
    }
}
