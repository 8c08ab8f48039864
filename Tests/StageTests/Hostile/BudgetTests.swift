// Limits that bound: what clients make a server hold, together, and what `--max-memory` allows.

import LabKit
import Shared
import Testing

extension HostileSuites {
    @Suite("Hostile budgets", .serialized) struct BudgetTests {
        private static let outOfMemory = Reply.error("OOM command not allowed when used memory > 'maxmemory'.")

        /// What other clients hold is counted, too: writes are refused meanwhile, and reads are not.
        @Test(arguments: Stage.unlimited)
        func theLimitIncludesWhatClientsHold(_ stage: Stage) throws {
            let request = stage.encode(["SET".bytes, "k".bytes, [UInt8](repeating: 7, count: 4 * Hostile.megabyte)])
            try withServer(stage, ["--max-memory", "\(5 * Hostile.megabyte)"]) { server in
                let (client, holder) = (try server.newClient(), try server.newClient())
                #expect(try client.ask("SET a 1") == stage.ok)
                let holders = [holder, try server.newClient()]
                for holder in holders { try holder.send(bytes: request.dropLast()) }
                try eventually("writes are refused") { try client.ask("SET b 2") == Self.outOfMemory }
                #expect(try client.ask("GET a") == .string("1"))
                for holder in holders { holder.reset() }
                try eventually("writes are possible again") { try client.ask("SET a 2") == stage.ok }
            }
        }

        /// Each asks for several long values at once, and reads nothing.
        @Test(arguments: Stage.unlimited)
        func longRepliesThatNobodyReads(_ stage: Stage) throws {
            let value = [UInt8](repeating: 7, count: 30 * Hostile.megabyte)
            try withServer(stage) { server in
                let writer = try server.newClient()
                #expect(try writer.call(["SET".bytes, "k".bytes, value]) == stage.ok)
                let before = try server.facts
                let clients = try (0..<8).map { _ in
                    let client = try server.newClient()
                    client.limitReceiveBuffer()
                    try client.send("MGET k k k k")
                    return client
                }
                try eventually("each has a reply, or is told that there is no memory for it") {
                    clients.allSatisfy(\.hasInput)
                }
                try server.untilQuiet()
                try server.expectGrowth(
                    since: before, atMost: Hostile.maxReplies, "8 MGETs of 120 MB that nobody reads")
                #expect(try writer.ask("STRLEN k") == .integer(Int64(value.count)))
                // One that was not told so reads, and has all of it.
                let tag = stage.wireProtocol == .lengthPrefixed ? 4 : 0
                let error = stage.wireProtocol == .lengthPrefixed ? 1 : UInt8(ascii: "-")
                let served = try #require(clients.first { $0.receive(exactly: 12)[tag] != error })
                let received = served.receive(exactly: value.count)
                #expect(received.count == value.count && received.suffix(1000).allSatisfy { $0 == 7 })
                for client in clients { client.reset() }
                try eventually("others can read again") {
                    try writer.send("GET k")
                    return try writer.receiveBytes().first != UInt8(ascii: "-")
                }
            }
        }

        /// All requests are sent before the first reply is read, as most client libraries do it. 64 MB in both
        /// directions.
        @Test func aPipelineOf64MegabytesIsAnswered() throws {
            let (stage, count) = (Stage.pipelining, Hostile.count(32 * 1024))
            let request = stage.encode(["ECHO".bytes, [UInt8](repeating: 7, count: 2000)])
            let reply = stage.encodeReply([UInt8](repeating: 7, count: 2000))
            try withServer(stage) { server in
                let client = try server.newClient()
                let all = [[UInt8]](repeating: request, count: count).flatMap { $0 }
                try client.send(bytes: all)
                #expect((0..<count).allSatisfy { _ in client.receive(exactly: reply.count) == reply })
                #expect(try client.ask("PING") == stage.pong)
            }
        }

        /// A thousand clients that write and never read: all together cost no more than what is said. When one of them
        /// reads after all, its work goes on. (Were each owed more than 64 KB, some would be told that there is no
        /// memory.)
        @Test(.withoutSanitizer("it keeps what was freed"), arguments: [1000, 50_000])
        func aThousandWhoNeverRead(_ size: Int) throws {
            let (stage, count) = (Stage.pipelining, 1000)
            let value = [UInt8](repeating: 7, count: size)
            // Two megabytes of replies for each: eight times as much, together, as is held for all.
            let each = 2_000_000 / size
            let requests = [[UInt8]](repeating: stage.encode("GET k"), count: each).flatMap { $0 }
            try withServer(stage) { server in
                let writer = try server.newClient()
                #expect(try writer.call(["SET".bytes, "k".bytes, value]) == stage.ok)
                let before = try server.facts
                let clients = try (0..<count).map { _ in
                    let client = try server.newClient()
                    client.limitReceiveBuffer()
                    _ = client.sendNow(requests[...])
                    return client
                }
                try server.untilQuiet()
                try server.expectGrowth(
                    since: before, atMost: Hostile.maxReplies, "\(count) never read \(size) bytes")
                try server.expectService(stage)
                let reply = stage.encodeReply(value)
                #expect((0..<each).allSatisfy { _ in clients[0].receive(exactly: reply.count) == reply })
                for client in clients { client.reset() }
                try server.expectConnections(1, stage)
                try server.expectGrowth(since: before, atMost: Hostile.slack, "and have gone")
            }
        }
    }
}
