// For servers of several clients at once: what one client does, or does not do, is no other's business. And from stage 3
// on, for those that do not need a thread for each.

@preconcurrency import Glibc
import Shared

extension CheckClause {
    static let companyClauses = [
        CheckClause(
            "a second client is answered while the first is silent", from: 2, isIdea: true, .threads, answersTheSecond),
        CheckClause("a half-sent request and an unread reply hold up nobody", from: 2, .threads, stalledClients),
        increments,
        CheckClause(
            "connections closed and opened at one moment are not mistaken for each other", from: 2, .poll,
            closedAndOpenedAtOnce),
    ]
    static let threadClauses = [
        CheckClause("one thread serves them all", from: 3, isIdea: true, .poll, oneThread),
        CheckClause("500 clients at once are answered", from: 3, .poll, manyClients),
        CheckClause("with nothing to do it sleeps, also while a reply waits for its reader", from: 3, .poll, sleeps),
    ]

    private static func answersTheSecond(_ server: CheckedServer) throws {
        let first = try server.newClient()
        try server.check(first, "PING", .pong)
        let second = try server.newClient()
        let sent = "SET key second, while another client is connected and silent"
        try server.send(second, sent) { try second.send("SET key second") }
        try server.checkNext(second, .ok, after: sent)
        try server.check(first, "GET key", .string("second"))
    }

    private static func stalledClients(_ server: CheckedServer) throws {
        let other = try server.newClient()
        try server.check(other, ["SET".bytes, "big".bytes, [UInt8](repeating: 7, count: 8 << 20)], .ok)
        let reader = try server.newClient()
        reader.limitReceiveBuffer()
        let get = "GET big (8 MB), by a client that does not read all of it"
        try server.send(reader, get) {
            try reader.send("GET big")
            _ = try reader.receiveBytes()
        }
        let sender = try server.newClient()
        let request = server.wireProtocol.encode("ECHO hello")
        try server.deliver(request[..<10], by: sender)
        for number in 1...100 { try server.check(other, "INCR n", .integer(Int64(number))) }
        let sent = "the rest of ECHO hello, long after its start"
        try server.send(sender, sent) { try sender.send(bytes: request[10...]) }
        try server.checkNext(sender, .string("hello"), after: sent)
    }

    /// A loop that asks for room when there is nothing to send, or asks again at once, spins: it computes all the time.
    private static func sleeps(_ server: CheckedServer) throws {
        let client = try server.newClient()
        try server.check(client, ["SET".bytes, "big".bytes, [UInt8](repeating: 7, count: 8 << 20)], .ok)
        let sent = "nothing, for half a second"
        try expectSleep(server, sent)
        client.limitReceiveBuffer()
        let get = "GET big (8 MB), and then \(sent), while the client does not read"
        try server.send(client, get) {
            try client.send("GET big")
            _ = try client.receiveBytes()
        }
        try expectSleep(server, get)
    }

    private static func expectSleep(_ server: CheckedServer, _ sent: String) throws {
        server.settle()
        let before = server.cpuTime
        usleep(500_000)
        let time = server.cpuTime - before
        // In microseconds: half of the time is far from what a runtime's own threads take.
        if time < 250_000 { return }
        throw ClauseFailure(sent: sent, expected: "that it sleeps", got: "it computed for \(time / 1000) ms of 500")
    }

    /// Each client sends some at a time, so that one is executed while another is in flight.
    public static let increments = CheckClause(
        "increments from many connections at once lose nothing", from: 2, .threads
    ) { server in
        let (clientCount, batches, batch) = (8, 5, 50)
        let (port, wireProtocol, patience) = (server.port, server.wireProtocol, server.patience)
        let running = Running(clientCount)
        for _ in 0..<clientCount {
            try Thread.start {
                defer { running.count.withLock { $0 -= 1 } }
                guard let client = try? SocketClient(port: port, wireProtocol: wireProtocol, patience: patience) else {
                    return
                }
                let requests = (0..<batch).flatMap { _ in wireProtocol.encode("INCR n") }
                for _ in 0..<batches {
                    guard (try? client.send(bytes: requests)) != nil else { return }
                    for _ in 0..<batch { guard case .integer = try? client.receive() else { return } }
                }
            }
        }
        let sent = "\(clientCount) clients at once, \(batches * batch) times INCR n each"
        try server.until(
            "all of them are answered", after: sent, got: { "some have no reply yet" },
            holds: { running.count.withLock { $0 == 0 } })
        let client = try server.newClient()
        try server.send(client, sent) { try client.send("GET n") }
        try server.checkNext(client, .string("\(clientCount * batches * batch)"), after: "\(sent), then GET n")
    }

    /// All this is known to the server at once, when it goes on. The kernel gives a number that was closed to one of the
    /// new connections.
    private static func closedAndOpenedAtOnce(_ server: CheckedServer) throws {
        let sent = "to a server that was stopped for a moment: four clients leave, eight come and ask"
        let stayer = try server.newClient()
        try server.check(stayer, "SET key value", .ok)
        for _ in 0..<10 {
            let old = try (0..<8).map { _ in try server.newClient() }
            for client in old { try server.check(client, "PING", .pong) }
            try server.pause()
            for (index, client) in old.enumerated() {
                try client.send("ECHO old")
                if index % 2 == 0 { client.reset() }
            }
            let new = try (0..<8).map { _ in try server.newClient() }
            for (index, client) in new.enumerated() { try client.send("ECHO new:\(index)") }
            try stayer.send("GET key")
            server.resume()
            for (index, client) in new.enumerated() {
                try server.checkNext(client, .string("new:\(index)"), after: sent)
                if client.hasInput {
                    throw ClauseFailure(sent: sent, expected: "one reply for each", got: "more for a new client")
                }
            }
            try server.checkNext(stayer, .string("value"), after: sent)
        }
    }

    private static func oneThread(_ server: CheckedServer) throws {
        let first = try server.newClient()
        try server.check(first, "PING", .pong)
        server.settle()
        let before = server.threads
        let clients = try [first] + (1..<50).map { _ in try server.newClient() }
        for (index, client) in clients.enumerated() { try server.check(client, "ECHO \(index)", .string("\(index)")) }
        server.settle()
        let threads = server.threads
        if threads <= before + server.spareThreads { return }
        throw ClauseFailure(
            sent: "requests by \(clients.count) clients that stay connected",
            expected: "about as many threads as for one client",
            got: "\(before) threads with one client, \(threads) with \(clients.count)")
    }

    private static func manyClients(_ server: CheckedServer) throws {
        let count = 500
        guard DescriptorLimit.raise() >= count + 100 else {
            throw NotChecked(description: "this machine allows too few descriptors (ulimit -n)")
        }
        var clients: [SocketClient] = []
        for number in 1...count {
            clients.append(try server.newClient())
            try server.check(clients[number - 1], "INCR n", .integer(Int64(number)))
        }
        let sent = "an ECHO by each of \(count) clients at once"
        for (index, client) in clients.enumerated() {
            try server.send(client, sent) { try client.send("ECHO \(index)") }
        }
        for (index, client) in clients.enumerated() { try server.checkNext(client, .string("\(index)"), after: sent) }
    }
}

/// How many threads still run; or whether they should.
public final class Running: Sendable {
    public let count: Locked<Int>
    public init(_ count: Int) { self.count = Locked(count) }
}
