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
}
