// Experiment 1: five clients of one server, each a thread with a blocking socket and a clock.

@preconcurrency import Glibc
import LabKit
import Shared

/// The five clients, and what each does.
enum WaitingRole: Int, CaseIterable {
    case thinker, second, slowReader, fourth, fifth

    var title: String {
        switch self {
        case .thinker: "A sends half a request, thinks"
        case .second: "B asks"
        case .slowReader: "C asks for 4 MB, reads slowly"
        case .fourth: "D asks"
        case .fifth: "E asks"
        }
    }
}

/// One stage with its five clients.
struct WaitingScene: Sendable {
    let port: Int
    let wireProtocol: WireProtocol
    let plan: TourPlan
    let recorder = TimelineRecorder(clients: WaitingRole.allCases.map(\.title))

    static let greeting = Array("hello".utf8)
    /// A value that no buffer of the kernel takes whole, so that the server has to wait for its reader.
    static let largeValue: [UInt8] = {
        var value: [UInt8] = []
        let pattern = (0..<251).map { UInt8($0) }
        while value.count < 4 << 20 { value += pattern }
        return value
    }()
    /// How long a call of a client waits before the run is given up as failed, in seconds.
    private static let patience = 30

    /// Writes what the clients will ask for.
    func prepare() throws(Reply.Failure) {
        var client = try Client(port: port, wireProtocol: wireProtocol, timeout: Self.patience)
        for (key, value) in [("greeting", Self.greeting), ("large", Self.largeValue)] {
            let reply = try client.call([Array("SET".utf8), Array(key.utf8), value])
            guard reply.isOK else { throw .system("wrong reply to SET \(key): \(reply.summary)") }
        }
    }

    /// Starts the next client when the one before is connected, so that they come in this order; waits for all.
    ///
    /// - Parameter draw: is called again and again meanwhile.
    func run(_ draw: () -> Void) {
        for role in WaitingRole.allCases {
            do {
                try Thread.start { play(role) }
            } catch {
                return recorder.report(role.rawValue, "\(error)")
            }
            wait(draw) { recorder.isConnected(role.rawValue) || recorder.hasLeft(role.rawValue) }
            // One after the other also on the picture.
            usleep(useconds_t(plan.thinkTime / 25))
        }
        wait(draw) { WaitingRole.allCases.allSatisfy { recorder.hasLeft($0.rawValue) } }
    }

    private func wait(_ draw: () -> Void, until isDone: () -> Bool) {
        let deadline = Clock.monotonic + Int64(Self.patience) * 5000
        while !isDone() && Clock.monotonic < deadline {
            draw()
            usleep(5000)
        }
    }

    // MARK: The clients

    private func play(_ role: WaitingRole) {
        let number = role.rawValue
        recorder.mark(number, .connecting)
        do throws(Reply.Failure) {
            var client = try Client(port: port, wireProtocol: wireProtocol, timeout: Self.patience)
            switch role {
            case .thinker: try think(&client)
            case .slowReader: try readSlowly(&client)
            case .second, .fourth, .fifth: try ask(&client, number)
            }
        } catch {
            recorder.report(number, "\(error)")
        }
        recorder.mark(number, nil)
    }

    private func think(_ client: inout Client) throws(Reply.Failure) {
        let number = WaitingRole.thinker.rawValue
        let request = wireProtocol.encodedRequest("GET", "greeting")
        recorder.mark(number, .thinking)
        try client.send(bytes: Array(request[..<(request.count / 2)]))
        usleep(useconds_t(plan.thinkTime))
        try client.send(bytes: Array(request[(request.count / 2)...]))
        recorder.mark(number, .waiting)
        try expectGreeting(&client, number)
    }

    private func ask(_ client: inout Client, _ number: Int) throws(Reply.Failure) {
        recorder.mark(number, .waiting)
        try client.send(bytes: wireProtocol.encodedRequest("GET", "greeting"))
        try expectGreeting(&client, number)
        usleep(useconds_t(plan.stayTime))
    }

    private func expectGreeting(_ client: inout Client, _ number: Int) throws(Reply.Failure) {
        let reply = try client.receive()
        recorder.mark(number, .receiving)
        guard reply == .string(Self.greeting) else { throw .system("wrong reply to GET: \(reply.summary)") }
        recorder.mark(number, .staying)
    }

    private func readSlowly(_ client: inout Client) throws(Reply.Failure) {
        let number = WaitingRole.slowReader.rawValue
        // Little room on this side, so that the rest of the reply stays with the server. With less than a few packets'
        // room, TCP would wait for its timers instead of for the reader.
        var room: CInt = 256 << 10
        setsockopt(client.descriptor.rawValue, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<CInt>.size))
        recorder.mark(number, .waiting)
        try client.send(bytes: wireProtocol.encodedRequest("GET", "large"))
        let expected = wireProtocol.encodedReply(Self.largeValue)
        var received = 0
        var start = 0.0
        while received < expected.count {
            let bytes = try client.receiveBytes()
            if received == 0 {
                recorder.mark(number, .receiving)
                start = recorder.time
            }
            guard bytes.count > 0 else { throw .closed }
            let isRight =
                received + bytes.count <= expected.count
                && expected.withUnsafeBytes { memcmp($0.baseAddress! + received, bytes, bytes.count) == 0 }
            guard isRight else { throw .system("wrong bytes in the reply to GET large") }
            received += bytes.count
            let due = start + plan.readTime * Double(received) / Double(expected.count)
            usleep(useconds_t(max(0, due - recorder.time)))
        }
    }
}

extension Reply {
    /// OK, as either protocol sends it.
    var isOK: Bool { self == .status(Array("OK".utf8)) || self == .string(Array("OK".utf8)) }

    /// For a message about a reply that is not the right one.
    var summary: String { String("\(self)".prefix(200)) }
}
