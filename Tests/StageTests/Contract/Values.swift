// Keys and values: any bytes, any size, an end in time, and a limit of memory.

import LabKit
import Shared
import Testing

extension Contract {
    static let valueClauses = [
        Clause("expired keys leave DBSIZE though nobody asks for them", expiredKeysLeave),
        Clause("--max-memory refuses writes, not reads", options: ["--max-memory", "1000000"], maxMemory),
    ]

    private static func expiredKeysLeave(_ server: ServerProcess, _ stage: Stage) throws {
        let client = try server.newClient()
        #expect(try client.ask("SET stays 1") == stage.ok)
        for index in 0..<500 { try client.send("SET key:\(index) value PX 20") }
        for _ in 0..<500 { #expect(try client.receive() == stage.ok) }
        try eventually("only the key without an end is left") { try client.ask("DBSIZE") == .integer(1) }
        #expect(try client.ask("GET stays") == .string("1"))
    }

    private static func maxMemory(_ server: ServerProcess, _ stage: Stage) throws {
        let value = [UInt8](repeating: 7, count: 100_000)
        let error = Reply.error("OOM command not allowed when used memory > 'maxmemory'.")
        let client = try server.newClient()
        var stored = 0
        while stored < 100, case stage.ok = try client.call(["SET".bytes, "\(stored)".bytes, value]) { stored += 1 }
        #expect((5...10).contains(stored), "\(stored) values of 100,000 bytes in 1,000,000")
        // The limit is not crossed, so there may be room for a small one.
        #expect(try client.call(["APPEND".bytes, "0".bytes, value]) == error)
        #expect(try client.call(["MSET".bytes, "a".bytes, value, "b".bytes, value]) == error)
        #expect(try client.ask("GET 0") == .string(value))
        #expect(try client.ask("EXPIRE 0 100") == .integer(1))
        #expect(try client.ask("DEL 0 1") == .integer(2))
        #expect(try client.call(["SET".bytes, "a".bytes, value]) == stage.ok)
    }
}
