// Every system call of a server fails once, with each error that it can really report. The server goes on: at most
// the one client that was being served loses its connection, and the next one is answered.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

extension HostileSuites {
    @Suite("Faults", .serialized, .enabled(if: Tracer.obstacle == nil, "faults cannot be injected here"))
    struct FaultTests {
        @Test(arguments: Stage.built)
        func aFailedCallEndsNoServer(_ stage: Stage) throws {
            try withServer(stage, Loops.one(stage)) { server in
                for fault in faults(stage) { try inject(fault, into: server, stage) }
                Hostile.report(stage, "\(faults(stage).count) failed calls survived")
            }
        }

        /// No descriptor for a new client, and then no memory to stop watching the listener, or to watch it again.
        @Test(arguments: [Stage.epoll, .pipelining], [1, 2])
        func aListenerThatCannotBeSilenced(_ stage: Stage, _ occurrence: Int) throws {
            try withServer(stage, Loops.one(stage)) { server in
                let tracer = try Tracer(
                    server, injecting: Fault("accept4", "EMFILE"), Fault("epoll_ctl", "ENOMEM", occurrence))
                #expect(try exercise(server, stage, until: tracer) == 0)
                tracer.detach()
                #expect(try liveClient(server, stage))
            }
        }

        /// The allocator asks the system for memory and gets none: it has other ways, and the server must not notice.
        /// Only blocks above 32 MB are mappings of their own; a buffer becomes one while 20 MB arrive, and moves with 50 MB,
        /// which is more than the binary protocol takes.
        @Test(arguments: Stage.built) func anAllocationHasASecondWay(_ stage: Stage) throws {
            // Where it asks for a thread's stack, there is no second way.
            let costsClient = stage.concurrency == .threads
            try withServer(stage) { server in
                try inject(Fault("mmap", "ENOMEM", costsClient: costsClient), into: server, stage, 20 << 20)
            }
            if stage.wireProtocol == .lengthPrefixed { return }
            try withServer(stage) { server in try inject(Fault("mremap", "ENOMEM"), into: server, stage, 50 << 20) }
        }

        /// Not closed a second time: the number may be another connection's by then.
        @Test(arguments: Stage.built, ["EINTR", "EIO"])
        func closeIsNotRetried(_ stage: Stage, _ error: String) throws {
            try withServer(stage, Loops.one(stage)) { server in
                let tracer = try Tracer(server, injecting: Fault("close", error))
                try exercise(server, stage, until: tracer)
                let numbers = tracer.log.filter { $0.contains("close(") && $0.contains("INJECTED") }
                    .compactMap { $0.split(separator: "close(").last?.split(separator: ")").first }
                let number = try #require(numbers.first)
                tracer.detach()
                let calls = tracer.log.filter { $0.contains("close(\(number))") }
                #expect(calls.count == 1, "\(calls)")
                try server.expectService(stage)
            }
        }

        /// SIGTERM in the middle of each call: the server ends, with status 0, and answers nobody wrongly.
        @Test(arguments: Stage.built)
        func aServerEndsWhateverItIsDoing(_ stage: Stage) throws {
            let calls = stage.servingCalls + ["close"] + (stage == .threads ? ["clone3"] : [])
            for call in calls {
                try withServer(stage, Loops.one(stage)) { server in
                    let tracer = try Tracer(server, injecting: Fault(call, effect: "signal=TERM"))
                    var lives = 0
                    while lives < 10, server.wait(within: 0) == nil, !tracer.hasInjected {
                        _ = try? liveClient(server, stage)
                        lives += 1
                    }
                    // Not of the second SIGTERM that withServer sends.
                    let status = server.wait(within: Patience.milliseconds)
                    #expect(status == .exited(0), "\(stage), SIGTERM in \(call): \(server.output)")
                }
            }
        }

        /// Before it is ready, a server may give up: in one line that names the call, and with status 1.
        @Test(arguments: [
            (Stage.sync, Fault("socket", "EMFILE")), (.threads, Fault("socket", "ENFILE")),
            (.poll, Fault("socket", "ENOBUFS")), (.epoll, Fault("bind", "EADDRINUSE")),
            (.pipelining, Fault("listen", "EADDRINUSE")), (.pipelining, Fault("setsockopt", "ENOMEM")),
            (.pipelining, Fault("getsockname", "ENOBUFS")), (.epoll, Fault("epoll_create1", "EMFILE")),
            (.pipelining, Fault("epoll_ctl", "ENOMEM")), (.uring, Fault("io_uring_register", "ENOMEM")),
        ])
        func aServerThatCannotStartSaysWhy(_ stage: Stage, _ fault: Fault) throws {
            let line = try Self.lastWords(of: stage, fault)
            #expect(line.hasPrefix("\(stage): \(fault.call): "), "\(line)")
        }

        /// The one line that a server prints which cannot start.
        static func lastWords(of stage: Stage, _ fault: Fault) throws -> Substring {
            let command = Tracer.wrapper(injecting: fault) + ["\(ServerProcess.buildFolder)/\(stage)", "--port", "0"]
            let (status, output) = try TestProcess.run(command)
            #expect(status == .exited(1))
            let lines = output.split(separator: "\n").filter { $0.hasPrefix(stage.name) }
            try #require(lines.count == 1, "\(output)")
            return lines[0]
        }

        private func inject(
            _ fault: Fault, into server: ServerProcess, _ stage: Stage, _ valueSize: Int = 200_000
        ) throws {
            let tracer = try Tracer(server, injecting: fault)
            let lost = try exercise(server, stage, until: tracer, valueSize)
            tracer.detach()
            #expect(lost <= (fault.costsClient ? 1 : 0), "\(stage), \(fault): \(lost) clients were sent away")
            #expect(try liveClient(server, stage), "\(stage), after \(fault)")
        }

        /// Serves one client after the other until the fault has happened.
        ///
        /// - Returns: how many of them were sent away.
        @discardableResult
        private func exercise(
            _ server: ServerProcess, _ stage: Stage, until tracer: Tracer, _ valueSize: Int = 200_000
        ) throws -> Int {
            var lost = 0
            for _ in 0..<20 {
                if try !liveClient(server, stage, valueSize) { lost += 1 }
                if tracer.hasInjected { return lost }
            }
            Issue.record("\(stage): the fault did not happen; strace printed: \(tracer.log)")
            return lost
        }

        /// A client's whole life, with a value that takes memory of its own.
        ///
        /// - Returns: whether it was answered to the end; false if it was sent away. A wrong answer is an issue.
        private func liveClient(_ server: ServerProcess, _ stage: Stage, _ valueSize: Int = 200_000) throws -> Bool {
            let value = [UInt8](repeating: UInt8(ascii: "v"), count: valueSize)
            do throws(Reply.Failure) {
                var client = try server.connect(timeout: Patience.seconds)
                let replies = [
                    try client.call([Array("SET".utf8), Array("key".utf8), value]),
                    try client.call("GET", "key"),
                    try client.call("QUIT"),
                ]
                if replies[0] == .error("ERR max number of clients reached") { return false }
                #expect(replies == [stage.ok, .string(value), stage.ok])
                return true
            } catch .closed {
                return false
            }
        }

        func faults(_ stage: Stage) -> [Fault] {
            if stage.isByCompletion {
                return ["EINTR", "EAGAIN", "EBUSY", "ENOMEM"].flatMap { error in
                    (1...3).map { Fault("io_uring_enter", error, $0) }
                }
            }
            let accept = ["EINTR", "ECONNABORTED", "EMFILE", "ENFILE", "ENOBUFS", "ENOMEM", "EPROTO", "EPERM"]
            return accept.map { Fault("accept4", $0) }
                + ["ECONNRESET", "ETIMEDOUT", "ENOBUFS"].map { Fault("read", $0, costsClient: true) }
                + ["ECONNRESET", "EPIPE", "ENOBUFS"].map { Fault("write", $0, costsClient: true) }
                + [Fault("read", "EINTR"), Fault("read", "EINTR", 2), Fault("write", "EINTR")] + ownFaults(stage)
        }

        private func ownFaults(_ stage: Stage) -> [Fault] {
            // Ready, and then there is nothing to read or no room after all.
            let spurious = [Fault("read", "EAGAIN"), Fault("write", "EAGAIN"), Fault("read", "EAGAIN", 2)]
            switch stage.concurrency {
            case .none, .pool: return []
            case .threads: return ["EAGAIN", "ENOMEM"].map { Fault("clone3", $0, costsClient: true) }
            // A change that fails is known after the wait, so it costs nobody a connection: see KqueueTests.
            case .loop where stage == .kqueue:
                return spurious + [Fault("epoll_wait", "EINTR"), Fault("epoll_wait", "EINTR", 2)]
            case .loop where stage == .poll:
                return spurious + ["EINTR", "ENOMEM", "EINVAL"].flatMap { [Fault("poll", $0), Fault("poll", $0, 2)] }
            case .loop, .loops:
                return spurious + [Fault("epoll_wait", "EINTR"), Fault("epoll_wait", "EINTR", 2)]
                    + ["ENOMEM", "ENOSPC"].flatMap { error in
                        (1...3).map { Fault("epoll_ctl", error, $0, costsClient: true) }
                    }
            }
        }
    }
}
