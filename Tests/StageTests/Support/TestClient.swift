// The client of the tests: the lab's, with the patience of tests.

import LabKit
import Shared
import Testing

typealias TestClient = SocketClient

extension SocketClient {
    convenience init(port: Int, wireProtocol: WireProtocol) throws {
        TestProcess.prepare()
        try self.init(port: port, wireProtocol: wireProtocol, patience: Patience.seconds)
    }

    /// A number that INFO tells.
    func info(_ name: String) throws -> Int { try infoNumber(name, in: try ask("INFO")) }

    /// Checks that the server closes, and sends nothing before that.
    func expectEnd(sourceLocation: SourceLocation = #_sourceLocation) throws {
        do {
            let rest = try receiveAll()
            #expect(rest == [], "the connection was to be closed", sourceLocation: sourceLocation)
        } catch Reply.Failure.timedOut {
            Issue.record("the server did not close the connection", sourceLocation: sourceLocation)
        }
    }
}

extension ServerProcess {
    func newClient() throws -> TestClient {
        try TestClient(port: port, wireProtocol: wireProtocol)
    }

    /// Clients that have had a reply: so the server has accepted them.
    func servedClients(_ count: Int, sourceLocation: SourceLocation = #_sourceLocation) throws -> [TestClient] {
        let clients = try (0..<count).map { _ in try newClient() }
        for client in clients { #expect(try client.ask("PING") == wireProtocol.pong, sourceLocation: sourceLocation) }
        return clients
    }

    /// Has a client store a value of so many sevens, ask for it so often at once, and read nothing. When that is more than the
    /// kernel takes at once, the server has begun to send, and the rest waits for room.
    ///
    /// - Returns: the reply that is to come.
    @discardableResult
    func stall(_ client: TestClient, bytes count: Int, times: Int = 1) throws -> Reply {
        let value = [UInt8](repeating: 7, count: count)
        #expect(
            try client.call(["SET".bytes, "big".bytes, value]).says(.ok),
            "A value of \(count >> 20) MB was not stored.")
        client.limitReceiveBuffer()
        try client.send(bytes: (0..<times).flatMap { _ in wireProtocol.encode("GET big") })
        try eventually("the server begins to send a reply of \(count >> 20) MB") { client.hasInput }
        return .string(value)
    }

    /// Waits until a new client is served: the server learns in its own time that one has left.
    func untilRoom(
        _ what: String = "there is room for a new client", sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try eventually(what, sourceLocation: sourceLocation) { (try? newClient().ask("PING")) == wireProtocol.pong }
    }

    func servedClient(sourceLocation: SourceLocation = #_sourceLocation) throws -> TestClient {
        try servedClients(1, sourceLocation: sourceLocation)[0]
    }
}

/// A number in the reply to INFO: of `total_commands_processed:7`, 7.
func infoNumber(_ name: String, in reply: Reply) throws -> Int {
    let line = try #require(reply.text?.split(separator: "\r\n").first { $0.hasPrefix(name + ":") })
    return try #require(Int(line.dropFirst(name.utf8.count + 1)))
}
