// The clients of a scene, in the tour and in `lab trace`: each is a thread with a blocking socket, and notes what it
// sends and receives, and when.

@preconcurrency import Glibc
import LabKit
import Shared

final class SceneClients: Sendable {
    /// What a client has done so far.
    struct Notes {
        /// When each of its phases began; nil when it leaves.
        var marks: [(phase: Timeline.Phase?, time: Double)] = []
        /// Whole requests it has sent, and whole replies it has read.
        var asked = 0
        var answered = 0
        var sent: [TraceClient.Transfer] = []
        var received: [TraceClient.Transfer] = []
        var problem: String?
        /// Whether its connection is closed, and its thread at its end.
        var hasLeft = false

        /// Whether its `connect` has returned.
        var isConnected: Bool { marks.count > 1 }
    }

    let wireProtocol: WireProtocol
    private let port: Int
    private let names: [String]
    private let stopwatch = Stopwatch()
    private let state: Locked<[Notes]>

    static let greeting = "hello".bytes
    /// How long a call of a client waits before the run is given up as failed, in seconds.
    static let patience = 30

    init(_ names: [String], port: Int, _ wireProtocol: WireProtocol) {
        (self.names, self.port, self.wireProtocol) = (names, port, wireProtocol)
        state = Locked(names.map { _ in Notes() })
    }

    var time: Double { stopwatch.microseconds }
    var notes: [Notes] { state.withLock { $0 } }
    var problems: [String] { notes.compactMap(\.problem) }
    var haveAllLeft: Bool { notes.allSatisfy(\.hasLeft) }

    /// Notes that a phase begins for a client; nil when the client leaves.
    func mark(_ number: Int, _ phase: Timeline.Phase?) {
        let time = time
        state.withLock { $0[number].marks.append((phase, time)) }
    }

    func report(_ number: Int, _ problem: String) {
        state.withLock { $0[number].problem = "\(names[number]): \(problem)" }
    }

    /// What has happened so far; what still goes on ends now.
    var timelines: [Timeline] {
        let now = time
        return zip(names, notes).map { name, notes in
            let ends = notes.marks.dropFirst().map(\.time) + [now]
            let spans = zip(notes.marks, ends).compactMap { mark, end in
                mark.phase.map { Timeline.Span($0, mark.time, end) }
            }
            return Timeline(client: name, spans: spans)
        }
    }

    /// Writes what the clients will ask for, before the scene begins.
    static func prepare(_ server: ServerProcess, large: [UInt8]? = nil) throws(Reply.Failure) {
        var client = try server.connect(timeout: patience)
        let values = [("greeting", greeting)] + (large.map { [("large", $0)] } ?? [])
        for (key, value) in values {
            let reply = try client.call(["SET".bytes, key.bytes, value])
            guard reply.says(.ok) else { throw .system("wrong reply to SET \(key): \(reply.summary)") }
        }
    }

    /// All that a client does, on its own thread; then it has left.
    func start(
        _ number: Int, _ body: @escaping @Sendable () throws(Reply.Failure) -> Void
    ) throws(SystemCallError) {
        try Thread.start {
            do throws(Reply.Failure) {
                try body()
            } catch {
                self.report(number, "\(error)")
            }
            self.mark(number, nil)
            self.state.withLock { $0[number].hasLeft = true }
        }
    }

    func connect(_ number: Int) throws(Reply.Failure) -> Client {
        mark(number, .connecting)
        return try Client(port: port, wireProtocol: wireProtocol, timeout: Self.patience)
    }

    /// - Parameter requests: how many are whole with these bytes.
    func send(
        _ bytes: some Collection<UInt8>, _ number: Int, _ client: inout Client, requests: Int = 0
    ) throws(Reply.Failure) {
        // Noted before, so that nobody is seen to read what was not sent.
        let transfer = TraceClient.Transfer(time: time, bytes: bytes.count)
        state.withLock { $0[number].sent.append(transfer) }
        try client.send(bytes: Array(bytes))
        state.withLock { $0[number].asked += requests }
    }

    /// Reads so many replies that consist of `value`.
    ///
    /// - Parameter pause: is called after each piece of them.
    func receive(
        _ count: Int, _ value: [UInt8], _ number: Int, _ client: inout Client,
        pause: (_ received: Int, _ all: Int) -> Void = { _, _ in }
    ) throws(Reply.Failure) {
        let reply = wireProtocol.reply(string: value)
        let expected = (0..<count).flatMap { _ in reply }
        var received = 0
        while received < expected.count {
            let bytes = try client.receiveBytes()
            guard !bytes.isEmpty else { throw .closed }
            if received == 0 { mark(number, .receiving) }
            let isRight =
                received + bytes.count <= expected.count
                && expected.withUnsafeBytes { memcmp($0.baseAddress! + received, bytes, bytes.count) == 0 }
            guard isRight else { throw .system("wrong bytes in the reply") }
            received += bytes.count
            let transfer = TraceClient.Transfer(time: time, bytes: bytes.count)
            state.withLock { $0[number].received.append(transfer) }
            pause(received, expected.count)
        }
        state.withLock { $0[number].answered += count }
        mark(number, .staying)
    }
}
