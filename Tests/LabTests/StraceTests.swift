// What strace prints, as calls with names. Without strace.

import LabKit
import Testing

@testable import lab

@Suite("Reading strace's output") struct StraceTests {
    /// Two threads, of which the second ends before the scene; strace then leaves the numbers out again.
    private let log = """
        execve("/bin/server", ["server"], 0x7ffe /* 36 vars */) = 0 <0.000186>
        99.000000 listen(3, 4096) = 0 <0.000005>
        99.100000 write(1, "listening on 127."..., 21listening on 127.0.0.1:7
        ) = 21 <0.000003>
        99.200000 accept4(3, NULL, NULL, SOCK_CLOEXEC) = 4 <0.100000>
        99.310000 accept4(3, NULL, NULL, SOCK_CLOEXEC <unfinished ...>
        [pid    18] 99.320000 read(4, "SET \\") = 1\\"", 64) = 11 <0.000004>
        [pid    18] 99.330000 close(4) = 0 <0.000004>
        [pid    18] 99.340000 exit(0)         = ?
        [pid    18] 99.350000 +++ exited with 0 +++
        100.000300 <... accept4 resumed>) = 4 <0.690300>
        [pid    19] 100.000400 poll([{fd=3, events=POLLIN}, {fd=4, events=POLLIN}], 2, -1 <unfinished ...>
        [pid    17] 100.000500 epoll_ctl(5, EPOLL_CTL_MOD, 4, {events=EPOLLOUT, data={u32=4, u64=4}}) = 0 <0.000005>
        [pid    19] 100.010400 <... poll resumed>) = 1 ([{fd=4, revents=POLLIN}]) <0.010000>
        [pid    19] 100.010500 read(4, 0x7f, 4) = -1 EAGAIN (Resource temporarily unavailable) <0.000002>
        [pid    19] 100.011000 close(4) = 0 <0.000002>
        [pid    19] 100.011500 --- SIGTERM {si_signo=SIGTERM, si_code=SI_USER} ---
        [pid    17] 100.012000 accept4(3, NULL, NULL, SOCK_CLOEXEC) = 4 <0.000002>
        [pid    19] 100.013000 read(4, "a", 4) = 1 <0.000002>
        [pid    17] 100.014000 accept4(3, NULL, NULL, SOCK_CLOEXEC) = ? ERESTARTSYS (To be restarted) <0.500000>
        100.900000 exit_group(0) = ?

        """

    @Test func callsInPiecesAreOne() throws {
        let calls = Strace.calls(log, main: 17)
        let poll = try #require(calls.first { $0.name == "poll" })
        #expect(poll.text.hasPrefix("poll([{fd=3, events=POLLIN}, {fd=4, events=POLLIN}], 2, -1) = 1 (["))
        #expect(poll.thread == 19 && poll.start == 100.0004 && poll.duration == 0.01)
        let text = try #require(calls.first { $0.thread == 18 })
        #expect(text.arguments == #"4, "SET \") = 1\"", 64"# && text.result == "11")
        let accepted = try #require(calls.first { $0.start == 99.31 })
        #expect(accepted.thread == 17 && accepted.text == "accept4(3, NULL, NULL, SOCK_CLOEXEC) = 4")
        #expect(!calls.contains { $0.name.contains("SIGTERM") || $0.name.contains("exited") })
        // A call whose line the program's own output has cut in two is nobody's.
        #expect(!calls.contains { $0.name == "write" })
        #expect(calls.first { $0.name == "exit" }?.result == "?")
    }

    @Test func descriptorsHaveNamesAndAreUsedAgain() throws {
        let calls = TraceNames.calls(
            Strace.calls(log, main: 17), clients: ["A", "B"], main: 17, zero: 100, duration: 20_000)
        let labels = [
            "accept4(listener)", "poll(listener, A)", "epoll_ctl(change A)", "read(A)", "close(A)",
            "accept4(listener)", "read(B)", "accept4(listener)",
        ]
        #expect(calls.map(\.label) == labels)
        #expect(calls.map(\.outcome) == ["A", "A", "", "EAGAIN", "", "B", "1 byte", "still waits"])
        #expect(calls.map(\.thread) == [1, 2, 1, 2, 2, 1, 2, 1])
        // What began before the scene begins with it, and what goes on ends with it.
        #expect(calls[0].start == 0 && abs(calls[0].end - 300) < 1)
        #expect(calls[7].end == 20_000)
        #expect(calls[1].served == ["A"] && abs(calls[1].duration - 10_000) < 1 && calls[1].hasWaited)
    }

    /// The table of functions is compared with the source.
    @Test func everyFunctionThatMakesACallIsThere() throws {
        let sources = try #require(StageSources())
        var found = Set<String>()
        for stage in Stage.all {
            for call in TracePlaces.calls {
                guard let place = TracePlaces.place(of: call, in: stage) else { continue }
                found.insert(call)
                let text = try #require(sources.text(place.file), "there is no \(place.file)")
                let parts = place.name.split(separator: ".")
                let declaration = parts[1] == "deinit" ? "deinit {" : "func \(parts[1])("
                #expect(
                    text.contains(declaration) || text.contains("func \(parts[1])<"),
                    "\(place.file) has no \(place.name), which \(stage) is said to call \(call) in")
                #expect(
                    ["struct", "class", "enum", "extension"].contains { text.contains("\($0) \(parts[0])") },
                    "\(place.file) has no \(parts[0])")
            }
        }
        #expect(found == Set(TracePlaces.calls))
    }
}
