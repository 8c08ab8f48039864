// Write stage 3 yourself: what begins as stage 2 serves all clients with one thread.

import LabKit
import Shared
import Testing

@Suite("Stage 3 yourself", .serialized) struct StageThree {
    private let stage = Stage.poll
    /// The numbers of poll and ppoll, on x86-64 and on arm64.
    private static let pollCalls = [7, 271, 73]

    @Test("Step 1: ten clients are served by one thread, which sleeps in poll") func oneThread() throws {
        try withServer(stage) { server in
            let clients = try server.answeredClients(10)
            let threads = try server.facts.threads
            check(threads == 1, "Ten clients are connected, and the server has \(threads) threads.")
            if let call = try server.sleepingCall() {
                check(
                    Self.pollCalls.contains(call), "The server sleeps in system call number \(call): that is not poll.")
            }
            withExtendedLifetime(clients) {}
        }
    }

    @Test("Step 2: half a request holds nobody up") func halfARequest() throws {
        try withServer(stage) { server in
            let half = try server.newClient()
            let request = stage.encode("ECHO hello")
            try server.untilRead(6) { try half.send(bytes: request.prefix(6)) }
            _ = try server.answeredClient()
            try half.send(bytes: request.dropFirst(6))
            check((try? half.receive()) == .string("hello"), "The other half came, and the request was not answered.")
            check(try server.facts.threads == 1, "Two threads do that, too. Here it is to be one.")
        }
    }

    @Test("Step 3: a request costs one poll, one read and one write") func threeCalls() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            for _ in 0..<200 { try client.expect("PING", stage.pong) }
            let summary = try Summary(ending: server)
            let each = [summary.waits, summary.reads, summary.writes].map { rounded(Double($0) / 200) }
            tell("one request: \(each[0]) polls, \(each[1]) reads, \(each[2]) writes")
            if summary.waits == 0 {
                return check(false, "No poll was counted: call Statistics.waits.add() where you call it.")
            }
            check(
                each == ["1.0", "1.0", "1.0"],
                "A request costs \(each[0]) polls, \(each[1]) reads and \(each[2]) writes, not one of each.")
        }
    }

    @Test("Step 4: requests that came together are all answered") func together() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            try client.send(bytes: (1...16).flatMap { stage.encode("ECHO \($0)") })
            for number in 1...16 {
                guard (try? client.receive()) == .string("\(number)") else {
                    return check(
                        false, "Of 16 requests in one piece, number \(number) got no reply. No event calls for it.")
                }
            }
            check(try Summary(ending: server).reads <= 3, "They were in one piece: one read brings them all.")
        }
    }

    @Test("Step 5: a client that does not read holds nobody up, and loses nothing") func stalled() throws {
        try withServer(stage) { server in
            try server.checkStalledReader(stage) { client in
                // Not at once: when a large value has been freed, a thread gives the memory back, and ends.
                try eventually("one thread is enough for that") { try server.facts.threads == 1 + Sanitizer.threads }
                try client.send("PING")
                try server.untilAsleep("while a reply waits for room, the server sleeps, even if its client sends more")
            }
        }
        try requestBehindAStalledReply()
        try endBehindAStalledReply()
    }

    /// Two requests in one piece, and the reply to the first has to wait for room.
    private func requestBehindAStalledReply() throws {
        try withServer(stage) { server in
            let (client, value) = try slowReader(of: server, megabytes: 8)
            try client.send(bytes: stage.encode("GET big", "ECHO behind"))
            try eventually("the server begins to send a reply of 8 MB") { client.hasInput }
            check((try? client.receive()) == .string(value), "A reply of 8 MB did not come whole.")
            check(
                (try? client.receive()) == .string("behind"),
                "A request that came behind another was not answered when the reply to that had all been sent.")
        }
    }

    /// The connection is closed while its client is still reading, and has sent more than was read of it.
    private func endBehindAStalledReply() throws {
        try withServer(stage) { server in
            let (client, value) = try slowReader(of: server, megabytes: 1)
            let requests = stage.encode("GET big", "QUIT")
            try server.untilRead(requests.count) {
                // More than one read takes, and less than a socket holds.
                try client.send(bytes: requests + [UInt8](repeating: 0, count: 30_000))
            }
            try server.untilAsleep()
            check(
                (try? client.receive()) == .string(value) && (try? client.receive()) == stage.ok,
                "QUIT came with more behind it, and its client lost replies. How does stage 2 end `serve`?")
        }
    }

    /// A client that has stored a value under `big`, and for which the kernel keeps little of a reply.
    private func slowReader(of server: ServerProcess, megabytes: Int) throws -> (TestClient, value: [UInt8]) {
        let client = try server.newClient()
        let value = [UInt8](repeating: 7, count: megabytes << 20)
        let reply = try? client.call(["SET".bytes, "big".bytes, value])
        check(reply == stage.ok, "A value of \(megabytes) MB was not stored.")
        client.limitReceiveBuffer()
        return (client, value)
    }

    @Test("Step 6: when there is nothing to do, it sleeps") func sleeps() throws {
        try withServer(stage) { server in
            let gone = try server.answeredClient()
            gone.close()
            let ending = try server.newClient()
            try ending.expect("QUIT", stage.ok)
            try ending.expectEnd()
            try eventually("a client that has left is closed here as well") {
                try server.facts.descriptors == server.descriptorsWhenReady
            }
            try server.untilAsleep("when clients have left, and are off the list, the server sleeps")
            checkTimeout(server)
            let client = try server.newClient()
            for _ in 0..<100 { try client.expect("PING", stage.pong) }
            let waits = try Summary(ending: server).waits
            check(waits > 0, "No poll was counted: the server does not call it, or does not count its calls.")
            check(waits < 150, "\(waits) polls for about 100 requests: it is called for something that it does not do.")
        }
    }

    /// What the sleeping server has told poll: to wait for as long as it takes, since no key expires. Only where the
    /// kernel shows a call's arguments: `7 0x7f… 0x1 0xffffffff …`. For ppoll the time is behind a pointer: none.
    private func checkTimeout(_ server: ServerProcess) {
        let words = (ProcessFacts.text("/proc/\(server.pid)/syscall") ?? "").split(separator: " ")
        guard words.count > 3, let call = Int(words[0]), Self.pollCalls.contains(call),
            let argument = UInt64(words[3].dropFirst(2), radix: 16)
        else { return }
        let time = CInt(truncatingIfNeeded: argument)
        check(
            call == 7 ? time < 0 : argument == 0,
            "Nothing is due, and poll waits only for so many milliseconds: \(call == 7 ? "\(time)" : "some").")
    }

    @Test("Step 7: above --max-connections a new client is told so") func limit() throws {
        try withServer(stage, ["--max-connections", "2"]) { server in
            let clients = try server.answeredClients(2)
            let third = try server.newClient()
            check((try? third.receive()) == .error("ERR max number of clients reached"), "The third client was let in.")
            clients[0].close()
            try server.untilRoom("when a client has left, there is room for the next")
            check(try server.facts.threads == 1, "It is still the threads that do this.")
        }
    }
}
