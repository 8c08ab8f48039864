// Beyond stage 4: the kernel's list is kqueue's. Here a library, libkqueue, makes it of epoll; so what strace shows are
// the library's calls.

import LabKit
import Shared
import Testing

@Suite("Kqueue", .serialized, .waits, .enabled(if: Stage.kqueue.obstacle == nil, "\(Stage.kqueue.obstacle ?? "")"))
struct KqueueTests {
    private let stage = Stage.kqueue

    @Test(arguments: Contract.clauses(of: .kqueue)) func contract(_ clause: Contract.Clause) throws {
        try clause.check(stage)
    }

    @Test func itAnswersLikeStage4() throws {
        try Stage4Tests(stage: stage).pipelinedRequestsCostAWriteEach()
        try Stage4Tests(stage: stage).itSpeaksRESP()
    }

    /// In stage 4 each change is a call of its own, made when it is asked for: an accept comes between it and the wait.
    @Test(.enabled(if: Strace.isAvailable, Strace.reason))
    func changesTravelWithTheWait() throws {
        let value = [UInt8](repeating: 7, count: 16 << 20)
        let calls = try Strace.calls("accept4,read,write,epoll_ctl,epoll_wait,epoll_pwait", of: stage) { server in
            let client = try server.newClient()
            #expect(try client.call(["SET".bytes, "big".bytes, value]) == stage.ok)
            server.readOutput(waiting: 0)
            client.limitReceiveBuffer()
            try client.send("GET big")
            try server.untilAsleep()
            #expect(try client.receive() == .string(value))
            #expect(try client.ask("PING") == stage.pong)
        }
        // To read from the listener, and from the client; to write; and to read again. The library watches descriptors
        // of its own too, but not with these marks.
        let changes = calls.indices.filter {
            calls[$0].contains("EPOLL_CTL_") && ["EPOLLRDHUP", "EPOLLOUT"].contains(where: calls[$0].contains)
        }
        #expect(changes.count == 4, "\(changes.map { calls[$0] })")
        for index in changes {
            let next = calls[(index + 1)...].first { !$0.hasPrefix("epoll_ctl(") }
            #expect(next?.hasPrefix("epoll_") == true, "\(calls[index]), and then \(next ?? "nothing")")
        }
    }

    /// The error comes with the next wait, as an entry among the events. The library looks for it only when there is
    /// an event as well; a kernel would not wait.
    @Test(.enabled(if: Tracer.obstacle == nil, "faults cannot be injected here"))
    func aChangeThatFailedIsMadeAgain() throws {
        try withServer(stage) { server in
            let first = try server.servedClient()
            let tracer = try Tracer(server, injecting: Fault("epoll_ctl", "ENOMEM"))
            let second = try server.newClient()
            try second.send("ECHO second")
            try eventually("a change of the list fails") { tracer.hasInjected }
            #expect(!second.hasInput, "nobody watches it")
            #expect(try first.ask("PING") == stage.pong)
            #expect(try second.receive() == .string("second"))
            #expect(try second.ask("PING") == stage.pong, "it is watched now")
            tracer.detach()
        }
    }
}
