// What the tests of the exercises have in common. `run NAME --check` prints their sentences, so each says what is still
// wrong in words for the person who is solving it.

import LabKit
import Shared
import Testing

/// Says what is still wrong, unless `isRight`.
func check(_ isRight: Bool, _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation) {
    if !isRight { Issue.record("\(sentence)", sourceLocation: sourceLocation) }
}

/// Tells a figure, to be compared with what was predicted.
func tell(_ figure: String) {
    print("measured: \(figure)")
}

/// A number with one digit behind the point.
func rounded(_ number: Double) -> String {
    "\((number * 10).rounded() / 10)"
}

extension TestClient {
    /// Sends a request, and says what was wrong with its reply.
    func expect(_ request: String, _ wanted: Reply, sourceLocation: SourceLocation = #_sourceLocation) throws {
        let reply = try reply(sourceLocation: sourceLocation, or: "\(request) got no reply") { try ask(request) }
        check(reply == wanted, "The reply to \(request) was \(reply.testDescription).", sourceLocation: sourceLocation)
    }

    /// A reply; where none comes, says so, begins with `complaint`, and ends the test.
    func reply(
        sourceLocation: SourceLocation = #_sourceLocation, or complaint: String, _ body: () throws -> Reply
    ) throws -> Reply {
        do {
            return try body()
        } catch let failure as Reply.Failure {
            check(false, "\(complaint): \(words(failure)).", sourceLocation: sourceLocation)
            throw GaveUp(what: complaint)
        }
    }
}

/// What several exercises look at.
extension ServerProcess {
    /// Clients that have had a reply, and so are connected.
    func answeredClients(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> [TestClient] {
        let clients = try (0..<count).map { _ in try newClient() }
        for client in clients { try client.expect("PING", wireProtocol.pong, sourceLocation: sourceLocation) }
        return clients
    }

    func answeredClient(sourceLocation: SourceLocation = #_sourceLocation) throws -> TestClient {
        try answeredClients(1, sourceLocation: sourceLocation)[0]
    }

    /// Ends it, and returns the number before `word` in the line that it prints at its end.
    func count(_ word: String) throws -> Int {
        let line = try Summary(ending: self).line
        let part = line.split(separator: "; ").first { $0.hasSuffix(word) }
        let count = part.flatMap { Int($0.prefix { $0.isNumber }) }
        check(count != nil, "The last line does not end with `; N \(word)`: \(line)")
        return count ?? 0
    }

    /// The number of the system call that it sleeps in; nil where the kernel does not tell.
    func sleepingCall() throws -> Int? {
        try untilAsleep()
        let text = ProcessFacts.text("/proc/\(pid)/syscall")
        return text?.split(separator: " ").first.flatMap { Int($0) }
    }

    /// The events in each entry of its epoll's list, from /proc: `tfd: 5 events: 80000005 data: …`.
    var epollMasks: [UInt32] {
        for number in 0..<16 {
            let lines = (ProcessFacts.text("/proc/\(pid)/fdinfo/\(number)") ?? "").split(separator: "\n")
            let masks = lines.filter { $0.hasPrefix("tfd:") }.compactMap { line in
                line.split(separator: " ").drop { $0 != "events:" }.dropFirst().first.flatMap { UInt32($0, radix: 16) }
            }
            if !masks.isEmpty { return masks }
        }
        return []
    }

    /// Stores a value of 8 MB, asks for it, and does not read: the client waits with its reply in flight. Checks that
    /// another client is served meanwhile, and then that the reply comes whole.
    func checkStalledReader(_ stage: Stage, _ meanwhile: (TestClient) throws -> Void = { _ in }) throws {
        let client = try newClient()
        let wanted = try stall(client, bytes: 8 << 20)
        let other = try newClient()
        let pong = try other.reply(or: "While a client does not read 8 MB, another one's PING got no reply") {
            try other.ask("PING")
        }
        check(pong == stage.pong, "The reply to PING was \(pong.testDescription).")
        try meanwhile(client)
        let reply = try client.reply(or: "A reply of 8 MB did not come whole") { try client.receive() }
        check(reply == wanted, "A reply of 8 MB came, and is another one.")
        try client.expect("PING", stage.pong)
    }
}
