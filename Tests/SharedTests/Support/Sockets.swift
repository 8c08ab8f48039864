// Sockets for tests, how they fail, and how to interrupt a thread that is blocked in a call.

import Glibc
import LabKit
import Synchronization
import Testing

@testable import Shared

/// Two connected sockets in this process. Either can be closed.
struct SocketPair: ~Copyable {
    var near: FileDescriptor?
    var far: FileDescriptor?

    /// - Parameter isBlocking: of both. Blocking calls give up after 20 seconds, so that nothing hangs for ever.
    init(isBlocking: Bool = true) throws {
        Signals.prepare()
        var numbers: [CInt] = [-1, -1]
        // Not inherited: a child that another test starts at this moment would keep the other end open.
        let type = SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue | (isBlocking ? 0 : SOCK_NONBLOCK.rawValue)
        guard socketpair(AF_UNIX, CInt(type), 0, &numbers) == 0 else { throw SystemCallError("socketpair") }
        near = FileDescriptor(owning: numbers[0])
        far = FileDescriptor(owning: numbers[1])
        try near!.setTimeout(seconds: 20)
        try far!.setTimeout(seconds: 20)
    }

    /// Writes into the far end; the bytes must fit into the kernel's buffer.
    func send(_ text: String) throws {
        var buffer = ByteBuffer(bytes(text))
        try far!.writeAll(from: &buffer)
    }

    /// What the near end's `readFull` adds to `buffer`; false when the far end closed before.
    func readFull(_ buffer: inout ByteBuffer, until count: Int) throws -> Bool {
        try near!.readFull(into: &buffer, until: count)
    }
}

extension FileDescriptor {
    /// Lets blocking calls give up soon, where a test wants them to.
    func setShortTimeout() throws {
        let time = timeval(tv_sec: 0, tv_usec: 1000)
        try setOption(rawValue, SOL_SOCKET, SO_RCVTIMEO, to: time)
        try setOption(rawValue, SOL_SOCKET, SO_SNDTIMEO, to: time)
    }

    /// Lets the kernel keep only some kilobytes that the peer has not read.
    func setSmallSendBuffer() throws {
        try setOption(rawValue, SOL_SOCKET, SO_SNDBUF, to: CInt(4096))
    }

    /// What is set for it; `initial` where nothing can be.
    func option<Value: BitwiseCopyable>(_ level: CInt, _ name: CInt, initial: Value) -> Value {
        var (value, length) = (initial, socklen_t(MemoryLayout<Value>.size))
        getsockopt(rawValue, level, name, &value, &length)
        return value
    }
}

extension Listener {
    /// At a port of its own.
    init(isBlocking: Bool = true) throws {
        try self.init(host: "127.0.0.1", port: 0, isBlocking: isBlocking)
    }
}

/// What a call that fails says about it; nil if it does not fail.
func failure<Value>(of call: () throws -> Value) -> String? {
    do { _ = try call() } catch { return "\(error)" }
    return nil
}

/// How a call fails whose time is up, behind its name.
let timedOut = "Resource temporarily unavailable (errno 11): the peer did nothing for as long as the timeout allows"

/// What an exit test expects: its process ends with the line as its status where it is not so.
func demand(_ holds: Bool, line: CInt = #line) {
    if !holds { exit(line) }
}

/// Sets a limit of this process: the soft one, and the hard one, which does not rise again.
func setLimit(_ resource: __rlimit_resource, _ soft: rlim_t, _ hard: rlim_t, line: CInt = #line) {
    var limit = rlimit(rlim_cur: soft, rlim_max: hard)
    demand(setrlimit(__rlimit_resource_t(resource.rawValue), &limit) == 0, line: line)
}

/// SIGUSR2, whose handler only counts; and SIGPIPE, which is ignored.
enum Signals {
    static let handled = Atomic<Int>(0)

    /// Once for the process. Without SA_RESTART, so that calls really are interrupted.
    private static let isPrepared: Bool = {
        // The counter is made here, and not in the handler.
        handled.store(0, ordering: .relaxed)
        var action = sigaction()
        action.__sigaction_handler.sa_handler = { _ in Signals.handled.add(1, ordering: .relaxed) }
        sigaction(SIGUSR2, &action, nil)
        signal(SIGPIPE, SIG_IGN)
        return true
    }()

    static func prepare() { _ = isPrepared }

    /// Lets this thread get a signal, which Swift's own threads block.
    static func unblock(_ number: CInt) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }
}

/// A thread that other threads wait for and interrupt.
struct ObservedThread: Sendable {
    private let thread = pthread_self()
    /// Its entry in /proc, "self/task/" and its number.
    private let path: String

    /// The thread that makes this.
    init() {
        Signals.prepare()
        Signals.unblock(SIGUSR2)
        var name = [CChar](repeating: 0, count: 100)
        let count = readlink("/proc/thread-self", &name, name.count)
        path = "/proc/" + String(decoding: name.prefix(count).map { UInt8(bitPattern: $0) }, as: UTF8.self) + "/stat"
    }

    /// Waits until it sleeps, which it does in a call that blocks. After ten seconds the test goes on without, and is
    /// none the worse for it.
    func waitUntilAsleep() {
        Clock.wait(every: 100) { state() == "S" }
    }

    /// Interrupts the call it is in.
    func interrupt() {
        waitUntilAsleep()
        let before = Signals.handled.load(ordering: .relaxed)
        pthread_kill(thread, SIGUSR2)
        Clock.wait(every: 100) { Signals.handled.load(ordering: .relaxed) > before }
    }

    /// S for asleep, R for running: the third word, behind the name in brackets.
    private func state() -> Character? {
        ProcessFacts.text(path)?.split(separator: ")").last?.first { $0 != " " }
    }
}

/// Runs `body` on a thread of its own.
func onThread(_ body: @escaping @Sendable () -> Void) {
    do { try Thread.start(body) } catch { fatalError("no thread: \(error)") }
}

/// Runs `body` on a thread of its own, which owns `descriptor` from now on.
func onThread(
    with descriptor: consuming FileDescriptor, _ body: @escaping @Sendable (consuming FileDescriptor) -> Void
) {
    if Thread.start(with: descriptor, body) != nil { fatalError("no thread") }
}
