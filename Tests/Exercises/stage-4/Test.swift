// Write stage 4 yourself: what begins as stage 3 leaves the list in the kernel, and speaks Redis's protocol.

import LabKit
import Shared
import Testing

@Suite("Stage 4 yourself", .serialized) struct StageFour {
    private let stage = Stage.epoll
    /// The numbers of epoll_wait and epoll_pwait, on x86-64 and on arm64.
    private static let epollCalls = [232, 281, 22]

    @Test("Step 1: it speaks RESP") func speaksRESP() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            for request in ["*1\r\n$4\r\nPING\r\n", "PING\r\n"] {
                try client.send(bytes: request.bytes)
                let reply = String(decoding: (try? client.receiveBytes()) ?? [], as: UTF8.self)
                check(reply == "+PONG\r\n", "PING in Redis's protocol got \(reply.debugDescription).")
            }
        }
    }

    @Test("Step 2: it sleeps in epoll_wait, and the list is in the kernel") func sleepsInEpoll() throws {
        try withServer(stage) { server in
            let clients = try (0..<10).map { _ in try server.newClient() }
            for client in clients { check((try? client.ask("PING")) == stage.pong, "PING got no PONG.") }
            if let call = try server.sleepingCall() {
                check(
                    Self.epollCalls.contains(call), "It sleeps in system call number \(call): that is not epoll_wait.")
            }
            let count = server.epollMasks.count
            check(count == 11, "With ten clients epoll's list (/proc/PID/fdinfo) has \(count) entries, not eleven.")
        }
    }

    @Test("Step 3: a client that has left is not in the list any more") func removed() throws {
        try withServer(stage) { server in
            let clients = try (0..<10).map { _ in try server.newClient() }
            for client in clients { check((try? client.ask("PING")) == stage.pong, "PING got no PONG.") }
            for client in clients.dropLast() { client.close() }
            try eventually("only the listener and the last client are in epoll's list") { server.epollMasks.count == 2 }
        }
    }

    @Test("Step 4: a client that does not read holds nobody up, and loses nothing") func stalled() throws {
        try withServer(stage) { server in try server.checkStalledReader(stage) }
    }

    @Test("Step 5: it asks for writability only while a reply waits") func interest() throws {
        try withServer(stage) { server in
            let out: UInt32 = 4
            try server.checkStalledReader(stage) { _ in
                try server.untilAsleep()
                let count = server.epollMasks.count { $0 & out != 0 }
                check(count == 1, "One reply waits for room, and epoll's list asks for room for \(count) descriptors.")
            }
            try server.untilAsleep()
            let masks = server.epollMasks
            check(
                !masks.isEmpty && masks.allSatisfy { $0 & out == 0 }, "Nothing waits, and the list still asks for room."
            )
        }
    }
}
