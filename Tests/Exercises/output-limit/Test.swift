// A hard limit.

import LabKit
import Shared
import Testing

@Suite("Output limit", .serialized) struct OutputLimit {
    private let stage = Stage.pipelining
    private let value = [UInt8](repeating: 7, count: 1 << 20)

    @Test func whoAsksForMuchAndReadsNothingIsCutOff() throws {
        try withServer(stage) { server in
            let (greedy, other) = (try server.newClient(), try server.answeredClient())
            try server.stall(greedy, bytes: 1 << 20, times: 64)
            try eventually("a client that asked for 64 MB, and reads nothing, is cut off") {
                try server.facts.descriptors == server.descriptorsWhenReady + 1
            }
            try other.expect("PING", stage.pong)
            var received = 0
            while let bytes = try? greedy.receiveBytes(), !bytes.isEmpty { received += bytes.count }
            check(received < 48 << 20, "It got \(received >> 20) MB without reading: they were held for it.")
            tell("asked for 64 MB and cut off: \(received >> 10) KB were received")
            let held = try server.facts.residentMemory >> 20
            tell("the server holds \(held) MB afterwards")
        }
    }

    @Test func whoReadsGetsEverything() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            check(try client.call(["SET".bytes, "big".bytes, value]) == stage.ok, "A value of 1 MB was not stored.")
            for _ in 0..<64 { check(try client.ask("GET big") == .string(value), "A client that reads lost a reply.") }
            client.sendInBackground((0..<16).flatMap { _ in stage.encode("GET big") })
            for _ in 0..<16 {
                check(
                    try client.receive() == .string(value),
                    "A client that has 16 MB in flight, and reads, lost a reply.")
            }
        }
    }

    /// A limit on what is unsent is looked at after the write: the kernel takes more than these 64 KB.
    @Test func whatTheKernelTakesIsNotUnsent() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            let value = [UInt8](repeating: 7, count: 32 << 20 + 64 << 10)
            check(try client.call(["SET".bytes, "key".bytes, value]) == stage.ok, "A value of 32 MB was not stored.")
            check(
                (try? client.ask("GET key")) == .string(value),
                "A client was cut off for 32 MB and 64 KB. The kernel takes some of that: look after the `write`.")
        }
    }

    /// The limit is for all that is unsent, whatever the reason: here it is one reply.
    @Test func oneLongReplyIsTooMuchToo() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            let long = [UInt8](repeating: 7, count: 48 << 20)
            check(try client.call(["SET".bytes, "long".bytes, long]) == stage.ok, "A value of 48 MB was not stored.")
            let reply = try? client.ask("GET long")
            check(reply == nil, "A reply of 48 MB was sent, though it is above the limit of 32.")
        }
    }
}
