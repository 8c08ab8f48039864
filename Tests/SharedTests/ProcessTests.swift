// What concerns a whole process, and so happens in one of its own: signals, limits, the program around a stage, traps.

import Glibc
import Testing

@testable import Shared

@Suite("Processes") struct ProcessTests {
    /// A listener in a process of its own.
    private static func listener() throws -> Listener {
        var options = ServerOptions(stage: "Stage")
        options.port = 0
        return try Listener(options, isBlocking: true)
    }

    /// Sends this process a signal, which has been handled when this returns.
    private static func raiseHere(_ number: CInt) {
        var signals = sigset_t()
        sigemptyset(&signals)
        sigaddset(&signals, number)
        pthread_sigmask(SIG_UNBLOCK, &signals, nil)
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
            // Once raised, it stays so, and nothing new is begun.
            StopSignal.interrupting(-1) { Self.fail() }
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

    @Test func aSignalEndsTheConnectionThatIsServed() async {
        await #expect(processExitsWith: .success) {
            let listener = try Self.listener()
            StopSignal.handle(stopping: listener)
            var pair = try SocketPair()
            let served = pair.near.take()!
            try StopSignal.interrupting(served.number) {
                Self.raiseHere(SIGINT)
                var buffer = ByteBuffer()
                guard try served.readFull(into: &buffer, until: 1) == .endOfStream else { Self.fail() }
                // Used to the end, and so not closed before it.
                pair.far!.shutdown(.writing)
                listener.descriptor.shutdown(.writing)
                exit(0)
            }
            Self.fail()
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
            let client = try Client(port: listener.port, encoding: .resp2)
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
