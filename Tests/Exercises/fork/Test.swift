// A process for each client.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

@Suite("Fork", .serialized) struct Fork {
    private let stage = Stage.threads

    private func children(_ server: ServerProcess) -> [pid_t] {
        let text = ProcessFacts.text("/proc/\(server.pid)/task/\(server.pid)/children") ?? ""
        return text.split { $0 == " " || $0 == "\n" }.compactMap { pid_t($0) }
    }

    /// Those that have not ended yet: one that has is a zombie until it is waited for.
    private func living(_ server: ServerProcess) -> [pid_t] {
        children(server).filter { !ProcessFacts.isEveryThread(of: $0, in: "Z") }
    }

    /// What a process does not share with others, in kilobytes.
    private func ownMemory(_ process: pid_t) -> Int {
        let lines = (ProcessFacts.text("/proc/\(process)/smaps_rollup") ?? "").split(separator: "\n")
        let line = lines.first { $0.hasPrefix("Private_Dirty:") } ?? ""
        return Int(line.filter(\.isNumber)) ?? 0
    }

    @Test func eachClientHasAProcess() throws {
        try withServer(stage) { server in
            let clients = try server.answeredClients(5)
            let count = children(server).count
            check(count == 5, "Five clients are connected, and the server has \(count) child processes.")
            let memory = children(server).map { ownMemory($0) }
            if !memory.isEmpty {
                tell("memory that each child has for itself, in KB: \(memory.map { "\($0)" }.joined(separator: ", "))")
            }
            let threads = try server.facts.threads
            check(threads == 1, "The server has \(threads) threads. One is enough: to accept.")
            for client in clients { client.close() }
            tell("what it says at its end: \(try Summary(ending: server).line)")
        }
    }

    /// Red is what the lesson is: the store was copied, and each client counts by itself.
    @Test func twoClientsCountForThemselves() throws {
        try withServer(stage) { server in
            let (first, second) = (try server.newClient(), try server.newClient())
            let counts = [try first.ask("INCR n"), try first.ask("INCR n"), try second.ask("INCR n")]
            let text = counts.map(\.testDescription).joined(separator: ", ")
            tell("INCR, INCR of one client and INCR of another: \(text)")
            check(
                counts == [.integer(1), .integer(2), .integer(1)],
                "The second client's INCR counted on from the first one's: the two share a store, so they share a process."
            )
        }
    }

    /// The server has the descriptor as well: while it keeps it, the connection stays open.
    @Test func quitEndsTheConnection() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            try client.expect("QUIT", stage.ok)
            try client.expectEnd()
            try eventually("the server closes its own copy of a connection (see /proc/PID/fd)") {
                try server.facts.descriptors == server.descriptorsWhenReady
            }
        }
    }

    @Test func theDeadAreBuried() throws {
        try withServer(stage) { server in
            for _ in 0..<20 {
                let client = try server.newClient()
                try client.expect("QUIT", stage.ok)
                try client.expectEnd()
            }
            // A child that accepts as well would start children of its own.
            try eventually("a child ends when its client has left (`_exit`), and does not go on to accept") {
                living(server).isEmpty
            }
            tell("zombies after twenty clients have come and gone: \(children(server).count)")
            // That they have ended may be noticed only when the next client comes.
            try eventually("no zombies: children that have ended are waited for (waitpid) when the next client comes") {
                let client = try server.newClient()
                try client.expect("PING", stage.pong)
                return children(server).count <= 2
            }
        }
    }

    @Test func aPlaceIsFreeWhenAClientHasLeft() throws {
        try withServer(stage, ["--max-connections", "2"]) { server in
            let clients = try server.answeredClients(2)
            let third = try? server.newClient().ask("PING")
            check(third != stage.pong, "With --max-connections 2 a third client was served.")
            clients[0].close()
            try server.untilRoom("with --max-connections 2, when one of two clients has left, another one is served")
            try clients[1].expect("PING", stage.pong)
        }
    }

    /// The child has inherited the handler, which shuts the listener down, and the listener, which is everybody's.
    @Test func oneThatIsToldToExitTakesNobodyWithIt() throws {
        try withServer(stage) { server in
            let client = try server.answeredClient()
            // Without any, the other tests say what is wrong.
            guard let child = children(server).first else { return }
            kill(child, SIGTERM)
            try eventually("a child that gets SIGTERM ends, though its client is still there") {
                !living(server).contains(child)
            }
            let reply = try? server.newClient().ask("PING")
            check(
                reply == stage.pong,
                "One child got SIGTERM, and now nobody can connect any more. What do child and server share?")
        }
    }

    @Test func nobodyIsLeftBehind() throws {
        var left: [pid_t] = []
        try withServer(stage) { server in
            let clients = try server.answeredClients(3)
            left = children(server)
            check(left.count == 3, "Three clients are connected, and the server has \(left.count) child processes.")
            _ = server.endPatiently()
            try eventually("when the server is told to exit, its children exit as well") {
                left.allSatisfy { kill($0, 0) != 0 }
            }
            withExtendedLifetime(clients) {}
        }
        for process in left { kill(process, SIGKILL) }
    }
}
