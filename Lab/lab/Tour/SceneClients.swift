// The clients of a scene, in the tour and in `lab trace`: each is a thread with a blocking socket, and notes what it
// sends and receives, and when.

@preconcurrency import Glibc
import LabKit
import Shared

final class SceneClients: Sendable {
    /// What a client has done so far.
    struct Notes {
        /// Whole requests it has sent, and whole replies it has read.
        var asked = 0
        var answered = 0
        var sent: [TraceClient.Transfer] = []
        var received: [TraceClient.Transfer] = []
    }

    let recorder: TimelineRecorder
    let wireProtocol: WireProtocol
    private let port: Int
    private let state: Locked<[Notes]>

    static let greeting = "hello".bytes
    /// How long a call of a client waits before the run is given up as failed, in seconds.
    static let patience = 30

    init(_ names: [String], _ server: ServerProcess) {
        (port, wireProtocol) = (server.port, server.wireProtocol)
        recorder = TimelineRecorder(clients: names)
        state = Locked(names.map { _ in Notes() })
    }

    var notes: [Notes] { state.withLock { $0 } }

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
                self.recorder.report(number, "\(error)")
            }
            self.recorder.mark(number, nil)
        }
    }

    func connect(_ number: Int) throws(Reply.Failure) -> Client {
        recorder.mark(number, .connecting)
        return try Client(port: port, wireProtocol: wireProtocol, timeout: Self.patience)
    }

    /// - Parameter requests: how many are whole with these bytes.
    func send(
        _ bytes: some Collection<UInt8>, _ number: Int, _ client: inout Client, requests: Int = 0
    ) throws(Reply.Failure) {
        // Noted before, so that nobody is seen to read what was not sent.
        let transfer = TraceClient.Transfer(time: recorder.time, bytes: bytes.count)
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
            if received == 0 { recorder.mark(number, .receiving) }
            let isRight =
                received + bytes.count <= expected.count
                && expected.withUnsafeBytes { memcmp($0.baseAddress! + received, bytes, bytes.count) == 0 }
            guard isRight else { throw .system("wrong bytes in the reply") }
            received += bytes.count
            let transfer = TraceClient.Transfer(time: recorder.time, bytes: bytes.count)
            state.withLock { $0[number].received.append(transfer) }
            pause(received, expected.count)
        }
        state.withLock { $0[number].answered += count }
        recorder.mark(number, .staying)
    }
}
