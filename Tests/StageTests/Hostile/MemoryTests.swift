// How much memory clients can make a server hold: what they announce costs nothing, what they do not read is bounded,
// and what was large once is not kept for ever.

import LabKit
import Shared
import Testing

extension HostileSuites {
    @Suite("Hostile memory", .serialized) struct MemoryTests {
        /// Announced sizes are only numbers until the bytes are there.
        @Test(arguments: Stage.built)
        func announcedSizesTakeNoMemory(_ stage: Stage) throws {
            let announcement =
                stage.wireProtocol == .lengthPrefixed
                ? [0, 0, 0, 2, 255, 3, 0, 0, 255, 255, 255, 1] + "abc".bytes
                : "*2147483647\r\n$3\r\nSET\r\n$536870912\r\nabc".bytes
            try withServer(stage) { server in
                // The first connection of all costs more.
                try server.expectService(stage)
                let before = try server.facts
                let clients = try (0..<(stage.isConcurrent ? Hostile.count(100) : 1)).map { _ in
                    let client = try server.newClient()
                    try client.send(bytes: announcement)
                    return client
                }
                if stage.isConcurrent { try server.expectService(stage) }
                try server.untilQuiet()
                // A buffer and, in stage 2, a thread's stack for each.
                try server.expectGrowth(
                    since: before, atMost: Hostile.megabyte + clients.count * 80 << 10,
                    "\(clients.count) clients announce 32 or 512 MB")
            }
        }

        /// They pipeline requests for 1 MB each, for as long as the server takes them, and read none of the replies.
        /// Of each it holds one reply, and what one read brought; in stage 5, of all together what ClientMemory allows.
        @Test(arguments: Stage.built)
        func whoNeverReadsIsHeldBack(_ stage: Stage) throws {
            let value = [UInt8](repeating: UInt8(ascii: "v"), count: Hostile.megabyte)
            let requests = [[UInt8]](repeating: stage.encode("GET k"), count: 20).flatMap { $0 }
            try withServer(stage) { server in
                let writer = try server.newClient()
                #expect(try writer.call(["SET".bytes, "k".bytes, value]) == stage.ok)
                writer.close()
                let before = try server.facts
                let clients = try (0..<(stage.isConcurrent ? 20 : 1)).map { _ in
                    let client = try server.newClient()
                    client.limitReceiveBuffer()
                    try client.send(bytes: requests)
                    return client
                }
                try server.untilQuiet()
                if stage.isConcurrent { try server.expectService(stage) }
                let limit = stage.isPipelining ? Hostile.maxReplies : clients.count * 5 << 19
                try server.expectGrowth(since: before, atMost: limit, "\(clients.count) clients that never read")
                // The first of them reads after all, and lacks nothing.
                let reply = stage.encodeReply(value)
                #expect((0..<20).allSatisfy { _ in clients[0].receive(exactly: reply.count) == reply })
                for client in clients.dropFirst() { client.reset() }
            }
        }

        /// A client that once sent and was sent something large, and then only stays, costs what any other costs.
        @Test(arguments: Stage.built)
        func whatWasLargeOnceIsNotKept(_ stage: Stage) throws {
            try withServer(stage) { server in
                try server.expectService(stage)
                let before = try server.facts
                let value = [UInt8](repeating: UInt8(ascii: "v"), count: 8 * Hostile.megabyte)
                let reply = stage.encodeReply(value)
                let clients = try (0..<(stage.isConcurrent ? 2 : 1)).map { _ in
                    let client = try server.newClient()
                    try client.send(["ECHO".bytes, value])
                    #expect(client.receive(exactly: reply.count) == reply)
                    return client
                }
                try server.expectGrowth(
                    since: before, atMost: 4 * Hostile.megabyte, "\(clients.count) clients after 8 MB each way")
            }
        }

        /// A few kilobytes that ask for gigabytes get an error, and what was copied on the way there is given back.
        @Test(arguments: [Stage.threads, .pipelining])
        func aReplyHasALimit(_ stage: Stage) throws {
            try withServer(stage) { server in
                let client = try server.newClient()
                let value = [UInt8](repeating: UInt8(ascii: "v"), count: 30 * Hostile.megabyte)
                #expect(try client.call(["SET".bytes, "k".bytes, value]) == stage.ok)
                let before = try server.facts
                let request = ["MGET".bytes] + [[UInt8]](repeating: "k".bytes, count: 1000)
                #expect(try client.call(request) == .error("ERR reply too long"))
                #expect(try client.ask("STRLEN k") == .integer(30 << 20))
                try server.expectGrowth(since: before, atMost: 4 * Hostile.megabyte, "a reply that is too long")
            }
        }

        /// As a user would limit it: 120 MB of addresses, of which the program needs half. A server that the system gives
        /// no memory for a value or a reply says so in its last line, and ends with status 1; it does not crash without a
        /// word.
        @Test(.withoutSanitizer("it needs terabytes of addresses"), arguments: Stage.built, 0..<3)
        func withoutMemoryItSaysSo(_ stage: Stage, _ scenario: Int) throws {
            TestProcess.prepare()
            let wrapper = ["sh", "-c", "ulimit -v 120000; exec \"$@\"", "sh"]
            let server = try ServerProcess(stage, Loops.chosen(stage), wrapper: wrapper, timeout: Patience.seconds)
            let value = [UInt8](repeating: 7, count: 8 * Hostile.megabyte)
            let client = try server.newClient()
            var confirmed = 0
            // The connection ends with the server.
            for index in 0..<20 {
                let request =
                    switch scenario {
                    case 0: ["SET".bytes, "key:\(index)".bytes, value]
                    case 1: ["APPEND".bytes, "key".bytes, value]
                    default:
                        index == 0
                            ? ["SET".bytes, "k".bytes, value]
                            : ["MGET".bytes] + [[UInt8]](repeating: "k".bytes, count: 8)
                    }
                guard (try? client.call(request)) != nil else { break }
                confirmed += 1
            }
            #expect(confirmed > 0 && confirmed < 15, "\(confirmed) requests of 8 MB fitted into 120 MB")
            #expect(server.wait(within: Patience.milliseconds) == .exited(1), "\(server.output)")
            let last = server.output.split(separator: "\n").last ?? ""
            #expect(
                last.hasPrefix("out of memory: the system refused ") && last.hasSuffix("; the server ends"), "\(last)")
        }
    }
}
