// Memory comes back: what clients have deleted, or left behind, is the system's again within seconds. The servers run
// as users run them, with the allocator as they have it.

import LabKit
import Shared
import Testing

extension HostileSuites {
    @Suite("Hostile memory comes back", .serialized, .withoutSanitizer("it keeps what was freed"))
    struct ReturnTests {
        /// glibc learns from the first large block that is freed to keep the next ones, and a small key behind each of
        /// them then holds it where it is.
        @Test(arguments: Stage.built)
        func largeValues(_ stage: Stage) throws {
            let value = [UInt8](repeating: UInt8(ascii: "v"), count: 8 * Hostile.megabyte)
            try withServer(stage) { server in
                let client = try server.newClient()
                let before = try server.facts
                for round in 0..<12 {
                    // The first one only teaches.
                    let key = "large:\(round)"
                    #expect(try client.call(["SET".bytes, key.bytes, value]) == stage.ok)
                    #expect(try client.ask("SET small:\(round) value") == stage.ok)
                    if round == 0 { #expect(try client.ask("DEL \(key)") == .integer(1)) }
                }
                for round in 1..<12 { #expect(try client.ask("DEL large:\(round)") == .integer(1)) }
                try server.expectGrowth(since: before, atMost: Hostile.slack, "88 MB of values deleted")
            }
        }

        /// Among them, others have part of a request here, which stays: so the end of the allocator's memory is in use.
        @Test(arguments: Stage.allCases, ["FLUSHALL", "DEL"])
        func smallValues(_ stage: Stage, _ command: String) throws {
            let value = [UInt8](repeating: UInt8(ascii: "v"), count: 1000)
            let part = stage.encode(["SET".bytes, "k".bytes, value]).prefix(900)
            try withServer(stage) { server in
                let client = try server.newClient()
                let before = try server.facts
                var others: [TestClient] = []
                for batch in 0..<80 {
                    let pairs = (0..<500).flatMap { ["key:\(batch * 500 + $0)".bytes, value] }
                    #expect(try client.call(["MSET".bytes] + pairs) == stage.ok)
                    if batch % 8 == 7 && stage.isConcurrent {
                        others.append(try server.newClient())
                        try others.last!.send(bytes: part)
                    }
                }
                #expect(try client.ask("DBSIZE") == .integer(40_000))
                if command == "FLUSHALL" { #expect(try client.ask("FLUSHALL") == stage.ok) }
                for batch in 0..<80 where command == "DEL" {
                    let keys = (0..<500).map { "key:\(batch * 500 + $0)".bytes }
                    #expect(try client.call(["DEL".bytes] + keys) == .integer(500))
                }
                #expect(try client.ask("DBSIZE") == .integer(0))
                try server.expectGrowth(since: before, atMost: Hostile.slack, "40,000 keys, \(command)")
                extendLifetime(others)
            }
        }

        /// Each thread would have a heap of its own, and each of these keep what was freed in it.
        @Test(arguments: Stage.unlimited)
        func whatManyClientsDeleted(_ stage: Stage) throws {
            let value = [UInt8](repeating: UInt8(ascii: "v"), count: 100_000)
            try withServer(stage) { server in
                let before = try server.facts
                let clients = try (0..<16).map { _ in try server.newClient() }
                // In turn, so that each thread has blocks between those of the others.
                for round in 0..<56 {
                    for (index, client) in clients.enumerated() {
                        try client.send(["SET".bytes, "\(index):\(round)".bytes, value])
                    }
                    for client in clients { #expect(try client.receive() == stage.ok) }
                }
                for (index, client) in clients.enumerated() {
                    let keys = (0..<56).map { "\(index):\($0)".bytes }
                    #expect(try client.call(["DEL".bytes] + keys) == .integer(56))
                }
                try server.expectGrowth(since: before, atMost: Hostile.slack, "90 MB of 16 clients deleted")
            }
        }

        /// They leave in the middle of it.
        @Test(arguments: Stage.unlimited, [60_000, 15_000_000])
        func requestsInPart(_ stage: Stage, _ size: Int) throws {
            let request = stage.encode(["SET".bytes, "k".bytes, [UInt8](repeating: 7, count: size)])
            try withServer(stage) { server in
                let stayer = try server.servedClient()
                let before = try server.facts
                var clients = try (0..<(size > Hostile.megabyte ? 10 : 1000)).map { _ in try server.newClient() }
                for client in clients { try client.send(bytes: request.dropLast()) }
                try server.untilQuiet()
                // A key between what they hold and the end of the allocator's memory.
                #expect(try stayer.ask("SET small value") == stage.ok)
                clients.removeAll()
                try server.expectConnections(1, stage)
                try server.expectGrowth(since: before, atMost: Hostile.slack, "parts of \(size) bytes, all gone")
            }
        }

        /// What INFO tells is what the system tells, and all that is held is in it.
        @Test(arguments: Stage.unlimited)
        func infoTellsOfAll(_ stage: Stage) throws {
            let value = [UInt8](repeating: 7, count: 8 * Hostile.megabyte)
            try withServer(stage) { server in
                let (asker, writer, reader) = (try server.newClient(), try server.newClient(), try server.newClient())
                let empty = try asker.info("used_memory")
                #expect(try asker.call(["SET".bytes, "k".bytes, value]) == stage.ok)
                #expect(try asker.info("used_memory") - empty >= value.count)
                try writer.send(bytes: stage.encode(["SET".bytes, "k".bytes, value]).dropLast())
                reader.limitReceiveBuffer()
                try reader.send("GET k")
                try eventually("a request in part and a reply are counted") {
                    try asker.info("used_memory") - empty >= 5 * value.count / 2
                }
                // More may still come, and would come between the two looks.
                try server.untilQuiet()
                let resident = try asker.info("used_memory_rss")
                #expect(abs(resident - (try server.facts.residentMemory)) < Hostile.megabyte)
                writer.reset()
                reader.reset()
                #expect(try asker.ask("DEL k") == .integer(1))
                try eventually("nothing is left of it") { try asker.info("used_memory") - empty < Hostile.megabyte }
            }
        }
    }
}
