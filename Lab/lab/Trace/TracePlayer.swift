// The scenes of `lab trace`, played in front of a server.

@preconcurrency import Glibc
import LabKit
import Shared

/// One server and the clients of one scene.
final class TracePlayer: Sendable {
    private let scene: TraceScene
    let clients: SceneClients
    private let pid: pid_t
    let names: [String]

    /// Large enough that twenty-four replies are more than the kernel takes, and more than stage 5 holds (80 MB).
    private static let largeValue = [UInt8](repeating: UInt8(ascii: "x"), count: 4 << 20)
    private static let largeRequests = 24
    private static let pipelinedRequests = 16
    /// How long A thinks, in microseconds, after all others have got as far as they can: long beside a call that is
    /// traced, and short enough that both are seen on one axis.
    private static let thinkTime: useconds_t = 12_000
    /// How often a server must be seen asleep, half a millisecond apart, to have done all that it can do now.
    private static let looks = 8

    init(_ scene: TraceScene, _ server: ServerProcess) {
        self.scene = scene
        pid = server.pid
        names = scene == .pipeline ? ["A"] : ["A", "B"]
        clients = SceneClients(names, port: server.port, server.wireProtocol)
    }

    /// Writes what the clients will ask for, before the scene begins.
    static func prepare(_ scene: TraceScene, _ server: ServerProcess) throws(Reply.Failure) {
        try SceneClients.prepare(server, large: scene == .backpressure ? largeValue : nil)
    }

    /// Waits until the server has done all that it can do now.
    ///
    /// - Returns: false when that took too long.
    @discardableResult
    static func untilIdle(_ pid: pid_t, _ condition: () -> Bool = { true }) -> Bool {
        let deadline = Clock.monotonic + Int64(SceneClients.patience) * 1000
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
            try clients.start(number) { () throws(Reply.Failure) in try self.play(number) }
        }
        while !clients.haveAllLeft { meanwhile() }
        Self.untilIdle(pid)
    }

    var recordings: [TraceClient] {
        zip(clients.timelines, clients.notes).map { timeline, notes in
            TraceClient(
                name: timeline.client, spans: timeline.spans, asked: notes.asked, answered: notes.answered,
                sent: notes.sent, received: notes.received)
        }
    }

    // MARK: The clients

    private func play(_ number: Int) throws(Reply.Failure) {
        // B comes when A has sent what it has to send for now.
        if number == 1 { try hold { !self.clients.notes[0].sent.isEmpty } }
        var client = try clients.connect(number)
        // Noted before the connection closes, since then others get their turn.
        defer { clients.mark(number, nil) }
        let request = clients.wireProtocol.encode("GET greeting")
        switch (scene, number) {
        case (.waiting, 0):
            clients.mark(0, .thinking)
            try clients.send(request[..<(request.count / 2)], 0, &client)
            try hold { self.hasAsked(1) }
            usleep(Self.thinkTime)
            clients.mark(0, .waiting)
            try clients.send(request[(request.count / 2)...], 0, &client, requests: 1)
            try receive(1, 0, &client)
        case (.backpressure, 0):
            let request = clients.wireProtocol.encode("GET large")
            clients.mark(0, .ignoring)
            try clients.send(
                (0..<Self.largeRequests).flatMap { _ in request }, 0, &client, requests: Self.largeRequests)
            try hold { self.hasAsked(1) }
            try clients.send(request, 0, &client, requests: 1)
            try hold()
            usleep(Self.thinkTime)
        default:
            let count = scene == .pipeline ? Self.pipelinedRequests : 1
            clients.mark(number, .waiting)
            try clients.send((0..<count).flatMap { _ in request }, number, &client, requests: count)
            try receive(count, number, &client)
        }
    }

    private func hasAsked(_ number: Int) -> Bool { clients.notes[number].asked > 0 }

    private func hold(until condition: () -> Bool = { true }) throws(Reply.Failure) {
        guard Self.untilIdle(pid, condition) else { throw .timedOut }
    }

    /// Reads so many replies, and stays until the server has nothing more to do.
    private func receive(_ count: Int, _ number: Int, _ client: inout Client) throws(Reply.Failure) {
        try clients.receive(count, SceneClients.greeting, number, &client)
        try hold()
    }
}
