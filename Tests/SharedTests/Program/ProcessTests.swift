// What concerns a whole process, and so happens in one of its own: signals, limits, the program around a stage, traps.

import Glibc
import Testing

@testable import Shared

@Suite("Processes") struct ProcessTests {
    /// A listener that a signal stops.
    private static func stoppableListener() throws -> Listener {
        let listener = try Listener()
        StopSignal.handle(stopping: listener)
        return listener
    }

    /// Sends this process a signal, which has been handled when this returns.
    private static func raiseHere(_ number: CInt) {
        Signals.unblock(number)
        raise(number)
    }

    @Test func aSignalStopsTheListener() async {
        await #expect(processExitsWith: .success) {
            let listener = try Self.stoppableListener()
            demand(!StopSignal.isRaised)
            Self.raiseHere(SIGTERM)
            guard StopSignal.isRaised, case .stopped = try listener.accept() else { exit(#line) }
            // Once raised, it stays so, and nothing new is begun: the next client is interrupted at once.
            let pair = try SocketPair()
            BlockedClient.endReadingOnStopSignal(pair.near!)
            var buffer = ByteBuffer()
            demand(try pair.readFull(&buffer, until: 1) == false)
        }
    }

    /// The signal comes while a thread waits for it, or before it begins to.
    @Test func aSignalIsWaitedFor() async {
        await #expect(processExitsWith: .success) {
            let listener = try Self.stoppableListener()
            let waiting = ObservedThread()
            onThread {
                waiting.waitUntilAsleep()
                Self.raiseHere(SIGTERM)
            }
            StopSignal.wait()
            StopSignal.wait()
            guard case .stopped = try listener.accept() else { exit(#line) }
        }
    }

    /// Reading ends; a reply in flight can still be sent.
    @Test func aSignalEndsReadingFromTheBlockedClient() async {
        await #expect(processExitsWith: .success) {
            let listener = try Self.stoppableListener()
            let earlier = try SocketPair()
            BlockedClient.endReadingOnStopSignal(earlier.near!)
            let pair = try SocketPair()
            BlockedClient.endReadingOnStopSignal(pair.near!)
            Self.raiseHere(SIGINT)
            var buffer = ByteBuffer()
            demand(try pair.readFull(&buffer, until: 1) == false)
            buffer.append("reply")
            try pair.near!.writeAll(from: &buffer)
            demand(try pair.far!.readFull(into: &buffer, until: 5))
            // Only the client that is served now is interrupted.
            try earlier.send("x")
            demand(try earlier.readFull(&buffer, until: 6))
            // Used to the end, and so not closed before it.
            listener.descriptor.endWriting()
        }
    }

    /// A client that does not take its reply is given up when the grace period is over, and not before.
    @Test func theGracePeriodEndsABlockedWrite() async {
        await #expect(processExitsWith: .success) {
            let listener = try Self.stoppableListener()
            let pair = try SocketPair()
            BlockedClient.endReadingOnStopSignal(pair.near!)
            // An alarm that somebody else has sent is not the end of the grace period.
            Self.raiseHere(SIGALRM)
            try pair.send("x")
            var buffer = ByteBuffer()
            demand(try pair.readFull(&buffer, until: 1))
            let start = Clock.monotonic
            Self.raiseHere(SIGTERM)
            buffer.appendUnwritten(8 << 20)
            demand(failure { try pair.near!.writeAll(from: &buffer) } == "write: Broken pipe (errno 32)")
            let waited = Clock.monotonic - start
            demand(waited >= StopSignal.gracePeriod - 1 && waited < 15_000)
            // Used to the end, and so not closed before it.
            listener.descriptor.endWriting()
            pair.far!.endWriting()
        }
    }

    /// The user may have no more threads: what the thread was to own comes back.
    @Test func aThreadThatCannotBeStartedTakesNothing() async {
        await #expect(processExitsWith: .success) {
            var pair = try SocketPair()
            setLimit(__RLIMIT_NPROC, 0, 0)
            // No limit is one for root.
            demand(getuid() != 0 || setuid(65534) == 0)
            let remedy = "there are too many threads for this system"
            let error = failure {
                try Thread.start { exit(#line) }
            }
            demand(error == "pthread_create: Resource temporarily unavailable (errno 11): \(remedy)")
            guard let far = Thread.start(with: pair.far.take()!, { _ in exit(#line) }) else { exit(#line) }
            var buffer = ByteBuffer(bytes("x"))
            try far.writeAll(from: &buffer)
            demand(try pair.readFull(&buffer, until: 1))
        }
    }

    /// A write to a peer that is gone is an error, and not the end.
    @Test func aBrokenPipeDoesNotEndTheProcess() async {
        await #expect(processExitsWith: .success) {
            signal(SIGPIPE, SIG_DFL)
            ServerProgram.run("Stage", arguments: []) { _ in
                var numbers: [CInt] = [0, 0]
                guard pipe(&numbers) == 0 else { exit(#line) }
                close(numbers[0])
                var buffer = ByteBuffer(bytes("x"))
                let end = FileDescriptor(owning: numbers[1])
                demand(failure { try end.writeAll(from: &buffer) } == "write: Broken pipe (errno 32)")
            }
        }
    }

    /// Somebody is waiting, and there is no descriptor for it: an answer, and not an error.
    @Test func acceptingWithoutDescriptors() async {
        await #expect(processExitsWith: .success) {
            let listener = try Listener()
            let client = try Client(port: listener.port, wireProtocol: .resp2)
            setLimit(RLIMIT_NOFILE, 0, 1000)
            guard case .outOfResources = try listener.accept() else { exit(#line) }
            setLimit(RLIMIT_NOFILE, 1000, 1000)
            guard case .connection = try listener.accept() else { exit(#line) }
            client.endSending()
        }
    }

    /// More taken off than there is, an index behind the end: the process ends before it reads what is not its own.
    @Test(arguments: 0..<4) func whatMustNotHappenTraps(_ mistake: Int) async {
        await #expect(processExitsWith: .failure) { [mistake] in
            var buffer = ByteBuffer(bytes("abc"))
            switch mistake {
            case 0: buffer.consume(4)
            case 1: buffer.truncate(to: 4)
            case 2: buffer.replaceUInt32(at: 0, with: 0)
            default: exit(CInt(buffer.bytes[3]) * 0)
            }
        }
    }
}
