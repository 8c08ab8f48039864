import LabKit
import Shared
import Testing

@Suite("Stage 1") struct Stage1Tests {
    @Test func answers() throws {
        let server = try ServerProcess(.sync)
        var client = try server.connect()
        #expect(try client.call("PING") == .string(Array("PONG".utf8)))
        #expect(server.end() == .exited(0))
    }
}
