// Experiment 1: five clients of one server, each a thread with a blocking socket and a clock.

@preconcurrency import Glibc
import LabKit
import Shared

/// The five clients, and what each does.
enum WaitingRole: String, CaseIterable {
    case thinker = "A sends half a request, thinks"
    case second = "B asks"
    case slowReader = "C asks for 4 MB, reads slowly"
    case fourth = "D asks"
    case fifth = "E asks"

    var number: Int { Self.allCases.firstIndex(of: self)! }
}

/// One stage with its five clients.
struct WaitingScene: Sendable {
    let plan: TourPlan
    let clients: SceneClients

    /// A value that no buffer of the kernel takes whole, so that the server has to wait for its reader.
    private static let largeValue = repeatElement([UInt8](0..<251), count: (4 << 20) / 251 + 1).flatMap(\.self)

    init(_ server: ServerProcess, _ plan: TourPlan) throws(Reply.Failure) {
        self.plan = plan
        clients = SceneClients(WaitingRole.allCases.map(\.rawValue), port: server.port, server.wireProtocol)
        try SceneClients.prepare(server, large: Self.largeValue)
    }

    /// Starts the next client when the one before is connected, so that they come in this order; waits for all.
    ///
    /// - Parameter draw: is called again and again meanwhile.
    func run(_ draw: () -> Void) {
        for role in WaitingRole.allCases {
            let number = role.number
            do {
                try clients.start(number) { () throws(Reply.Failure) in try play(role) }
            } catch {
                return clients.report(number, "\(error)")
            }
            wait(draw) { clients.notes[number].isConnected || clients.notes[number].hasLeft }
            // One after the other also on the picture.
            usleep(useconds_t(plan.thinkTime / 25))
        }
        wait(draw) { clients.haveAllLeft }
    }

    private func wait(_ draw: () -> Void, until isDone: () -> Bool) {
        Clock.wait(within: Int64(SceneClients.patience) * 5000, every: 5000) {
            draw()
            return isDone()
        }
    }

    // MARK: The clients

    private func play(_ role: WaitingRole) throws(Reply.Failure) {
        let number = role.number
        var client = try clients.connect(number)
        let request = clients.wireProtocol.encode(role == .slowReader ? "GET large" : "GET greeting")
        switch role {
        case .thinker:
            clients.mark(number, .thinking)
            try clients.send(request[..<(request.count / 2)], number, &client)
            usleep(useconds_t(plan.thinkTime))
            try clients.send(request[(request.count / 2)...], number, &client, requests: 1)
            clients.mark(number, .waiting)
            try clients.receive(1, SceneClients.greeting, number, &client)
        case .slowReader:
            // Little room on this side, so that the rest of the reply stays with the server. With less than a few
            // packets' room, TCP would wait for its timers instead of for the reader.
            var room: CInt = 256 << 10
            setsockopt(client.descriptor.rawValue, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<CInt>.size))
            clients.mark(number, .waiting)
            try clients.send(request, number, &client, requests: 1)
            var start: Double?
            try clients.receive(1, Self.largeValue, number, &client) { received, all in
                start = start ?? clients.time
                let due = start! + plan.readTime * Double(received) / Double(all)
                usleep(useconds_t(max(0, due - clients.time)))
            }
        case .second, .fourth, .fifth:
            clients.mark(number, .waiting)
            try clients.send(request, number, &client, requests: 1)
            try clients.receive(1, SceneClients.greeting, number, &client)
            usleep(useconds_t(plan.stayTime))
        }
    }
}
