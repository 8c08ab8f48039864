// The scenes of `lab trace`: clients, each a thread with a blocking socket, which notes what it sends and receives.

@preconcurrency import Glibc
import LabKit
import Shared

/// One server and the clients of one scene.
final class TracePlayer: Sendable {
    /// What a client has done so far.
    private struct Notes {
        var asked = 0
        var answered = 0
        var sent: [TraceClient.Transfer] = []
        var received: [TraceClient.Transfer] = []
    }

    private let scene: TraceScene
    private let wireProtocol: WireProtocol
    private let port: Int
    private let pid: pid_t
    let names: [String]
    let recorder: TimelineRecorder
    private let notes: Locked<[Notes]>

    private static let greeting = Array("hello".utf8)
    /// Large enough that twenty-four replies are more than the kernel takes, and more than stage 5 holds (80 MB).
    private static let largeValue = [UInt8](repeating: UInt8(ascii: "x"), count: 4 << 20)
    static let largeRequests = 24
    static let pipelinedRequests = 16
    /// How long A thinks, in microseconds, after all others have got as far as they can: long beside a call that is
    /// traced, and short enough that both are seen on one axis.
    private static let thinkTime: useconds_t = 12_000
    /// How often a server must be seen asleep, half a millisecond apart, to have done all that it can do now.
    private static let looks = 8
    /// How long anything may take, in seconds, before the run is given up.
    private static let patience = 30

    init(_ scene: TraceScene, _ server: ServerProcess) {
        self.scene = scene
        (wireProtocol, port, pid) = (server.wireProtocol, server.port, server.pid)
        names = scene == .pipeline ? ["A"] : ["A", "B"]
        recorder = TimelineRecorder(clients: names)
        notes = Locked(names.map { _ in Notes() })
    }

    /// Writes what the clients will ask for, before the scene begins.
    static func prepare(_ scene: TraceScene, _ server: ServerProcess) throws(Reply.Failure) {
        var client = try Client(port: server.port, wireProtocol: server.wireProtocol, timeout: patience)
        let large = scene == .backpressure ? [("large", largeValue)] : []
        for (key, value) in [("greeting", greeting)] + large {
            let reply = try client.call([Array("SET".utf8), Array(key.utf8), value])
            guard reply.isOK else { throw .system("wrong reply to SET \(key): \(reply.summary)") }
        }
    }

    /// Waits until the server has done all that it can do now.
    ///
    /// - Returns: false when that took too long.
    @discardableResult
    static func untilIdle(_ pid: pid_t, _ condition: () -> Bool = { true }) -> Bool {
        let deadline = Clock.monotonic + Int64(patience) * 1000
        var quiet = 0
        while quiet < looks {
            if Clock.monotonic > deadline { return false }
            quiet = condition() && ProcessFacts.isEveryThread(of: pid, in: "S") ? quiet + 1 : 0
            usleep(500)
        }
        return true
    }

    /// Plays the scene.
    ///
    /// - Parameter meanwhile: is called again and again, and may wait for some milliseconds.
    func play(_ meanwhile: () -> Void) throws(SystemCallError) {
        for number in names.indices {
            try Thread.start { self.play(number) }
        }
        while !names.indices.allSatisfy(recorder.hasLeft) { meanwhile() }
        Self.untilIdle(pid)
    }

    var clients: [TraceClient] {
        let timelines = recorder.timelines
        return notes.withLock { notes in
            zip(timelines, notes).map { timeline, notes in
                TraceClient(
                    name: timeline.client, spans: timeline.spans, asked: notes.asked, answered: notes.answered,
                    sent: notes.sent, received: notes.received)
            }
        }
    }

    // MARK: The clients

    private func play(_ number: Int) {
        do throws(Reply.Failure) {
            switch (scene, number) {
            case (.waiting, 0): try think()
            case (.pipeline, _): try askAll()
            case (.backpressure, 0): try ignore()
            default: try ask()
            }
        } catch {
            recorder.report(number, "\(error)")
        }
        recorder.mark(number, nil)
    }

    private func think() throws(Reply.Failure) {
        var client = try connect(0)
        let request = wireProtocol.encodedRequest("GET", "greeting")
        recorder.mark(0, .thinking)
        try send(Array(request[..<(request.count / 2)]), 0, &client)
        try hold { self.hasAsked(1) }
        usleep(Self.thinkTime)
        recorder.mark(0, .waiting)
        try send(Array(request[(request.count / 2)...]), 0, &client, requests: 1)
        try receive(1, 0, &client)
    }

    /// B comes when A has sent what it has to send for now.
    private func ask() throws(Reply.Failure) {
        try hold { self.notes.withLock { !$0[0].sent.isEmpty } }
        var client = try connect(1)
        recorder.mark(1, .waiting)
        try send(wireProtocol.encodedRequest("GET", "greeting"), 1, &client, requests: 1)
        try receive(1, 1, &client)
    }

    private func askAll() throws(Reply.Failure) {
        let count = Self.pipelinedRequests
        var client = try connect(0)
        let request = wireProtocol.encodedRequest("GET", "greeting")
        recorder.mark(0, .waiting)
        try send((0..<count).flatMap { _ in request }, 0, &client, requests: count)
        try receive(count, 0, &client)
    }

    private func ignore() throws(Reply.Failure) {
        var client = try connect(0)
        let request = wireProtocol.encodedRequest("GET", "large")
        recorder.mark(0, .ignoring)
        try send(
            (0..<Self.largeRequests).flatMap { _ in request }, 0, &client, requests: Self.largeRequests)
        try hold { self.hasAsked(1) }
        try send(request, 0, &client, requests: 1)
        try hold()
        usleep(Self.thinkTime)
    }

    // MARK: What they do

    private func hasAsked(_ number: Int) -> Bool { notes.withLock { $0[number].asked > 0 } }

    private func hold(until condition: () -> Bool = { true }) throws(Reply.Failure) {
        guard Self.untilIdle(pid, condition) else { throw .timedOut }
    }

    private func connect(_ number: Int) throws(Reply.Failure) -> Client {
        recorder.mark(number, .connecting)
        return try Client(port: port, wireProtocol: wireProtocol, timeout: Self.patience)
    }

    /// - Parameter requests: how many are whole with these bytes.
    private func send(
        _ bytes: [UInt8], _ number: Int, _ client: inout Client, requests: Int = 0
    ) throws(Reply.Failure) {
        // Noted before, so that nobody is seen to read what was not sent.
        let transfer = TraceClient.Transfer(time: recorder.time, bytes: bytes.count)
        notes.withLock { $0[number].sent.append(transfer) }
        try client.send(bytes: bytes)
        notes.withLock { $0[number].asked += requests }
    }

    /// Reads so many replies, stays until the server has nothing more to do, and leaves.
    private func receive(_ count: Int, _ number: Int, _ client: inout Client) throws(Reply.Failure) {
        let reply = wireProtocol.encodedReply(Self.greeting)
        let expected = (0..<count).flatMap { _ in reply }
        var received: [UInt8] = []
        while received.count < expected.count {
            let bytes = try client.receiveBytes()
            guard !bytes.isEmpty else { throw .closed }
            if received.isEmpty { recorder.mark(number, .receiving) }
            received += bytes
            let transfer = TraceClient.Transfer(time: recorder.time, bytes: bytes.count)
            notes.withLock { $0[number].received.append(transfer) }
        }
        guard received == expected else { throw .system("wrong bytes in the reply") }
        notes.withLock { $0[number].answered += count }
        recorder.mark(number, .staying)
        try hold()
    }
}
