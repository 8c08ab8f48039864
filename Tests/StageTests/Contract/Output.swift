// What a server writes. Standard output may be closed, or full: it then serves all the same.

import LabKit
import Shared
import Testing

extension Contract {
    static let outputClauses = [
        Clause("it serves with standard output closed", { try servesWithout($0, ">&-") }),
        Clause("it serves with standard output full", { try servesWithout($0, ">/dev/full") }),
        Clause("it serves with no standard stream at all", { try servesWithout($0, "<&- >&- 2>&-") }),
        Clause("what it prints never reaches a client", printsToNoClient),
    ]

    /// Starts a stage whose ready line cannot be read: on a port that is chosen for it.
    private static func start(_ stage: Stage, _ redirections: String) throws -> (ServerProcess, port: Int) {
        let path = "\(ServerProcess.buildFolder)/\(stage.name)"
        let command = ["sh", "-c", "exec \"$@\" \(redirections)", "sh", path, "--port", ForeignServer.placeholder]
        let (server, port) = try ForeignServer(command, stage.wireProtocol, patience: Patience.seconds).start([])
        // The connection by which it was found to listen is closed when it has nothing to do.
        try server.untilQuiet()
        return (server, port)
    }

    private static func servesWithout(_ stage: Stage, _ redirections: String) throws {
        let (server, port) = try start(stage, redirections)
        for _ in 0..<2 {
            let client = try TestClient(port: port, wireProtocol: stage.wireProtocol)
            #expect(try client.ask("ECHO hello") == .string("hello"))
        }
        let client = try TestClient(port: port, wireProtocol: stage.wireProtocol)
        #expect(try client.ask("PING") == stage.pong)
        #expect(server.endPatiently() == .exited(0))
        try client.expectEnd()
    }

    /// With the standard streams closed, the numbers 0, 1 and 2 are free, and a connection may get number 1: the
    /// statistics would then be sent to a client; or block, when that client does not read.
    private static func printsToNoClient(_ stage: Stage) throws {
        let (server, port) = try start(stage, "<&- >&- 2>&-")
        let client = try TestClient(port: port, wireProtocol: stage.wireProtocol)
        try server.stall(client, bytes: 16 << 20)
        let start = try client.receiveBytes()
        try server.untilAsleep()
        #expect(server.endPatiently() == .exited(0))
        let rest = try client.receiveAll()
        let header = stage.wireProtocol == .lengthPrefixed ? 9 : "$16777216\r\n".utf8.count
        #expect((start + rest).dropFirst(header).allSatisfy { $0 == 7 }, "only a part of the value")
    }
}
