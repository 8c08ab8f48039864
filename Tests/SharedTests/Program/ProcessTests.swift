// What concerns a whole process, and so happens in one of its own: signals, limits, the program around a stage, traps.

import Glibc
import Testing

@testable import Shared

@Suite("Processes") struct ProcessTests {
    /// A listener in a process of its own.
    private static func listener() throws -> Listener {
        try Listener(host: "127.0.0.1", port: 0, isBlocking: true)
    }

    /// Lets this thread get a signal, which Swift's own threads block.
    private static func unblock(_ number: CInt) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
    }

    /// Sends this process a signal, which has been handled when this returns.
    private static func raiseHere(_ number: CInt) {
        unblock(number)
        raise(number)
    }

    private static func fail() -> Never { exit(99) }

    @Test func aSignalStopsTheListener() async {
        await #expect(processExitsWith: .success) {
            let listener = try Self.listener()
            StopSignal.handle(stopping: listener)
            if StopSignal.isRaised { Self.fail() }
            Self.raiseHere(SIGTERM)
            guard StopSignal.isRaised, case .stopped = try listener.accept() else { Self.fail() }
            // Once raised, it stays so, and nothing new is begun: the next client is interrupted at once.
            let pair = try SocketPair()
            BlockedClient.endReadingOnStopSignal(pair.near!)
            var buffer = ByteBuffer()
            if try pair.readFull(&buffer, until: 1) { Self.fail() }
            exit(0)
        }
    }

    /// The signal comes while a thread waits for it, or before it begins to.
    @Test func aSignalIsWaitedFor() async {
        await #expect(processExitsWith: .success) {
            let listener = try Self.listener()
            StopSignal.handle(stopping: listener)
            let waiting = ObservedThread()
            onThread {
                waiting.waitUntilAsleep()
                Self.raiseHere(SIGTERM)
            }
            StopSignal.wait()
            StopSignal.wait()
            guard case .stopped = try listener.accept() else { Self.fail() }
            exit(0)
        }
    }

    /// Reading ends; a reply in flight can still be sent.
    @Test func aSignalEndsReadingFromTheBlockedClient() async {
        await #expect(processExitsWith: .success) {
            let listener = try Self.listener()
            StopSignal.handle(stopping: listener)
            let earlier = try SocketPair()
            BlockedClient.endReadingOnStopSignal(earlier.near!)
            let pair = try SocketPair()
            BlockedClient.endReadingOnStopSignal(pair.near!)
            Self.raiseHere(SIGINT)
            var buffer = ByteBuffer()
            if try pair.readFull(&buffer, until: 1) { Self.fail() }
            buffer.append("reply")
            try pair.near!.writeAll(from: &buffer)
            guard try pair.far!.readFull(into: &buffer, until: 5) else { Self.fail() }
            // Only the client that is served now is interrupted.
            try earlier.send("x")
            guard try earlier.readFull(&buffer, until: 6) else { Self.fail() }
            // Used to the end, and so not closed before it.
            listener.descriptor.endWriting()
            exit(0)
        }
    }

    /// A client that does not take its reply is given up when the grace period is over, and not before.
    @Test func theGracePeriodEndsABlockedWrite() async {
        await #expect(processExitsWith: .success) {
            let listener = try Self.listener()
            StopSignal.handle(stopping: listener)
            let pair = try SocketPair()
            BlockedClient.endReadingOnStopSignal(pair.near!)
            // An alarm that somebody else has sent is not the end of the grace period.
            Self.raiseHere(SIGALRM)
            try pair.send("x")
            var buffer = ByteBuffer()
            guard try pair.readFull(&buffer, until: 1) else { Self.fail() }
            let start = Clock.monotonic
            Self.raiseHere(SIGTERM)
            buffer.appendUnwritten(8 << 20)
            do throws(SystemCallError) {
                try pair.near!.writeAll(from: &buffer)
            } catch {
                // Used to the end, and so not closed before it.
                listener.descriptor.endWriting()
                pair.far!.endWriting()
                let waited = Clock.monotonic - start
                let isInTime = waited >= StopSignal.gracePeriod - 1 && waited < 15_000
                exit(error.code == EPIPE && isInTime ? 0 : 98)
            }
            Self.fail()
        }
    }

    /// The user may have no more threads: what the thread was to own comes back.
    @Test func aThreadThatCannotBeStartedTakesNothing() async {
        await #expect(processExitsWith: .success) {
            var pair = try SocketPair()
            var limit = rlimit(rlim_cur: 0, rlim_max: 0)
            guard setrlimit(__rlimit_resource_t(__RLIMIT_NPROC.rawValue), &limit) == 0 else { Self.fail() }
            // No limit is one for root.
            if getuid() == 0 && setuid(65534) != 0 { Self.fail() }
            do throws(SystemCallError) {
                try Thread.start { Self.fail() }
                exit(98)
            } catch {
                guard "\(error.call)" == "pthread_create" && error.code == EAGAIN else { exit(97) }
                guard error.description.hasSuffix("there are too many threads for this system") else { exit(96) }
            }
            guard let far = Thread.start(with: pair.far.take()!, { _ in Self.fail() }) else { exit(95) }
            var buffer = ByteBuffer(bytes("x"))
            try far.writeAll(from: &buffer)
            guard try pair.readFull(&buffer, until: 1) else { exit(94) }
            exit(0)
        }
    }

    /// A write to a peer that is gone is an error, and not the end.
    @Test func aBrokenPipeDoesNotEndTheProcess() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_DFL)
            ServerProgram.run("Stage", arguments: []) { _ in
                var numbers: [CInt] = [0, 0]
                guard pipe(&numbers) == 0 else { Self.fail() }
                close(numbers[0])
                var buffer = ByteBuffer(bytes("x"))
                let end = FileDescriptor(owning: numbers[1])
                do throws(SystemCallError) {
                    try end.writeAll(from: &buffer)
                } catch {
                    exit(error.code == EPIPE ? 0 : 99)
                }
                Self.fail()
            }
        }
    }

    /// Somebody is waiting, and there is no descriptor for it: an answer, and not an error.
    @Test func acceptingWithoutDescriptors() async {
        await #expect(processExitsWith: .success) {
            let listener = try Self.listener()
            let client = try Client(port: listener.port, wireProtocol: .resp2)
            var limit = rlimit(rlim_cur: 0, rlim_max: 1000)
            guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { Self.fail() }
            guard case .outOfResources = try listener.accept() else { Self.fail() }
            limit.rlim_cur = 1000
            guard setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { Self.fail() }
            guard case .connection = try listener.accept() else { Self.fail() }
            client.endSending()
            exit(0)
        }
    }

    /// More taken off than there is, an index behind the end: the process ends before it reads what is not its own.
    @Test func whatMustNotHappenTraps() async {
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer(bytes("abc"))
            buffer.consume(4)
        }
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer(bytes("abc"))
            buffer.truncate(to: 4)
        }
        await #expect(processExitsWith: .failure) {
            var buffer = ByteBuffer(bytes("abc"))
            buffer.replaceUInt32(at: 0, with: 0)
        }
        await #expect(processExitsWith: .failure) {
            let buffer = ByteBuffer(bytes("abc"))
            exit(CInt(buffer.bytes[3]) * 0)
        }
    }
}
