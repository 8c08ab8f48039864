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
            let clients = try server.answeredClients(10)
            if let call = try server.sleepingCall() {
                check(
                    Self.epollCalls.contains(call), "It sleeps in system call number \(call): that is not epoll_wait.")
            }
            let count = server.epollMasks.count
            check(count == 11, "With ten clients epoll's list (/proc/PID/fdinfo) has \(count) entries, not eleven.")
            withExtendedLifetime(clients) {}
        }
    }

    @Test("Step 3: a client that has left is not in the list any more") func removed() throws {
        try withServer(stage) { server in
            let clients = try server.answeredClients(10)
            for client in clients.dropLast() { client.close() }
            try eventually("only the listener and the last client are in epoll's list") { server.epollMasks.count == 2 }
        }
    }

    @Test("Step 4: a client that does not read holds nobody up, and loses nothing") func stalled() throws {
        try withServer(stage) { server in try server.checkStalledReader(stage) }
    }

    @Test("Step 5: it asks for writability only while a reply waits, and changes only what changes") func interest()
        throws
    {
        try withServer(stage) { server in
            let out: UInt32 = 4
            try server.checkStalledReader(stage) { client in
                try eventually("of all descriptors, only that whose reply waits is watched for room") {
                    server.epollMasks.count { $0 & out != 0 } == 1
                }
                try client.send("PING")
                try server.untilAsleep("while a reply waits for room, the server sleeps, even if its client sends more")
            }
            try eventually("when no reply waits any more, no descriptor is watched for room") {
                let masks = server.epollMasks
                return !masks.isEmpty && masks.allSatisfy { $0 & out == 0 }
            }
        }
        try changesOfInterest()
    }

    /// Only strace sees a call that changes nothing.
    private func changesOfInterest() throws {
        guard Strace.isAvailable else { return tell("nothing of epoll_ctl: \(Strace.obstacle ?? "it is sanitized")") }
        let calls = try Strace.calls("epoll_ctl", of: stage) { server in
            let client = try server.newClient()
            for _ in 0..<100 { try client.expect("PING", stage.pong) }
        }
        if calls.isEmpty { return check(false, "epoll_ctl was not called.") }
        let changes = calls.count { $0.contains("EPOLL_CTL_MOD") }
        let others = calls.count - changes
        tell("one client, 100 requests: \(others) calls of epoll_ctl add or remove, \(changes) change")
        check(changes == 0, "epoll_ctl was called \(changes) times to change an interest that stays: for reading.")
        check(others < 10, "epoll_ctl was called \(others) times to add or remove, for a listener and one client.")
    }
}
