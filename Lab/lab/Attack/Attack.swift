// What a client can do to a server that serves others as well: the attacks of `lab attack`. Each is bounded in count and
// in time, and goes only to this machine.

import LabKit

/// A way to be a bad client.
enum Attack: String, CaseIterable, Sendable {
    case slow, unread, crowd, reset, deep, announce, stopped, writefirst

    /// What the clients do.
    var title: String {
        switch self {
        case .slow: "send a request one byte at a time, a byte every 50 ms, and never the last one"
        case .unread: "ask for a value of a megabyte again and again, and read nothing"
        case .crowd: "connect and say nothing, while the server may open only 20 descriptors more"
        case .reset: "connect, send a request, and leave with a reset before the reply, again and again"
        case .deep: "send PINGs without a pause, and throw the replies away"
        case .announce: "announce the longest request there may be, and send 64 KB of it"
        case .stopped: "send requests and read replies, until their process is stopped (SIGSTOP)"
        case .writefirst: "write 60 MB of requests before reading any reply"
        }
    }

    /// How many clients do so, unless it is said.
    var clients: Int {
        switch self {
        case .slow, .unread, .announce, .reset, .stopped: 20
        case .crowd: 60
        case .deep: 4
        case .writefirst: 1
        }
    }

    /// More would be an attack on this machine, and show nothing else.
    static let mostClients = 1000
    /// Seconds. What an attack does shows in two or three.
    static let longest = 60
}

extension Attack {
    /// What a stage does about it, and where.
    func answer(of stage: Stage) -> Reading {
        let (name, why) = stage.isLoop ? loopAnswer(stage) : blockingAnswer(stage)
        if name.hasPrefix("Shared/") {
            let parts = name.split(separator: " ").map(String.init)
            return Reading(parts[0], parts[1], why)
        }
        let file = name.split(separator: ".")[0]
        return Reading("\(stage.folder)/\(file).swift", name, why)
    }

    /// Stages 1 and 2: a thread that waits for one client serves nobody else.
    private func blockingAnswer(_ stage: Stage) -> (name: String, why: String) {
        let isAlone = stage == .sync
        let others = isAlone ? "and it is the only thread: everybody else waits" : "and the others have theirs"
        switch self {
        case .slow: return ("Connection.receive", "the thread is blocked in read until the request is whole, \(others)")
        case .unread, .stopped:
            return ("Connection.send", "the thread is blocked in write until the client has read, \(others)")
        case .crowd where isAlone:
            return ("Server.acceptConnections", "it accepts one, and waits for it: the others stay with the kernel")
        case .crowd:
            return (
                "Server.acceptConnections", "accept fails (EMFILE); it pauses and tries again, and serves those it has"
            )
        case .reset:
            return ("Connection.serve", "read or write fails (ECONNRESET, EPIPE), and only this client is gone")
        case .deep: return ("Connection.answerRequest", "it answers one request after another, \(others)")
        case .announce:
            return ("Connection.receive", "it waits for the rest, and has memory only for what has come, \(others)")
        case .writefirst:
            return (
                "Connection.send",
                "it waits until its replies are read, while the client waits until its requests are: neither goes on, \(others)"
            )
        }
    }

    /// Stages 3 to 5: what a client has not done is a state of its own, and the thread goes on to the next.
    private func loopAnswer(_ stage: Stage) -> (name: String, why: String) {
        switch self {
        case .slow:
            return ("Connection.answerRequest", "what has arrived is kept, and the loop goes on to who is ready")
        case .unread, .stopped:
            let limit =
                stage == .pipelining
                ? "it executes no more of a client's requests above the high-water mark"
                : "the next request of a client is executed only when the reply before it is sent"
            return ("Connection.execute", "what is unsent is kept, and \(limit)")
        case .crowd:
            return (
                "Server.setAccepting",
                "accept fails (EMFILE); the listener is not watched for a while, since it would be ready all the time"
            )
        case .reset: return ("Server.serve", "read or write fails (ECONNRESET, EPIPE), and only this client is closed")
        case .deep:
            return (
                "Shared/Program/TurnBudget.swift TurnBudget.allowsRequest",
                "one client has so much time in a turn; then the others have theirs"
            )
        case .announce:
            return (
                "Shared/System/ClientMemory.swift ClientMemory.allowsRequest",
                "a buffer grows with what has come, not with what was announced; and all clients together have a limit"
            )
        case .writefirst where stage == .pipelining:
            return (
                "Connection.execute",
                "it reads on while unsent replies are below the high-water mark: a client that writes first is served"
            )
        case .writefirst:
            return (
                "Connection.execute",
                "it reads nothing more until its reply is sent, while the client reads nothing until all is written: both "
                    + "wait for ever, and only these two"
            )
        }
    }
}
