// A clause: one thing that a server must do, which can be seen over its sockets. The tests ask it of the servers of this
// course, `lab check` of any program.

import Shared

/// One promise, and how it is checked.
public struct CheckClause: Sendable {
    public let name: String
    /// The first stage that keeps it; so do all after it.
    public let stage: Int
    /// Whether it is what sets this stage apart from the one before.
    public let isIdea: Bool
    /// Whether it counts system calls.
    public let needsStrace: Bool
    /// Where the text explains it.
    public let section: NotesSection
    /// Throws a `ClauseFailure` where the server does not keep it, and `NotChecked` where that cannot be seen.
    public let check: @Sendable (CheckTarget) throws -> Void

    init(
        _ name: String, from stage: Int, isIdea: Bool = false, needsStrace: Bool = false, _ section: NotesSection,
        target check: @escaping @Sendable (CheckTarget) throws -> Void
    ) {
        (self.name, self.stage, self.isIdea, self.needsStrace) = (name, stage, isIdea, needsStrace)
        (self.section, self.check) = (section, check)
    }

    /// One that needs a single server.
    init(
        _ name: String, from stage: Int, isIdea: Bool = false, _ section: NotesSection,
        _ check: @escaping @Sendable (CheckedServer) throws -> Void
    ) {
        self.init(name, from: stage, isIdea: isIdea, section, target: { try $0.withServer(check) })
    }

    /// What is asked of every server, stage by stage; within each, its idea first.
    public static let all: [CheckClause] =
        (requestClauses + frameClauses + valueClauses + endingClauses)
        + companyClauses + threadClauses + [idleClientsAreFree, fewWrites, restAfterHalfClose]

    /// The whole command set, and Redis's error texts: asked only on demand.
    public static let commandClauses = [everyCommand, errorsKeepTheConnection]
}

/// A heading of NOTES.md. A test holds that each is there.
public enum NotesSection: String, CaseIterable, Sendable {
    case kernel = "What the kernel does"
    case sync = "Stage 1: one client at a time"
    case threads = "Stage 2: a thread for each client"
    case poll = "Stage 3: one thread, and poll"
    case epoll = "Stage 4: epoll, and Redis's protocol"
    case pipelining = "Stage 5: pipelining"
    case grammars = "Both grammars"
}

/// What went wrong, for a person who wrote the server.
public struct ClauseFailure: Error, CustomStringConvertible {
    public let sent: String
    public let expected: String
    public let got: String

    public init(sent: String, expected: String, got: String) {
        (self.sent, self.expected, self.got) = (sent, expected, got)
    }

    public var description: String { "sent: \(sent); expected: \(expected); got: \(got)" }
}

/// Why a clause cannot be checked here, or not with this server.
public struct NotChecked: Error, CustomStringConvertible {
    public let description: String
}

/// A program that can be started, to be checked.
public struct CheckTarget {
    public let wireProtocol: WireProtocol
    private let start: ([String], (CheckedServer) throws -> Void) throws -> Void

    /// - Parameter start: starts the program with a wrapper before its command line, passes it on, and ends it.
    public init(
        _ wireProtocol: WireProtocol,
        start: @escaping (_ wrapper: [String], _ body: (CheckedServer) throws -> Void) throws -> Void
    ) {
        self.wireProtocol = wireProtocol
        self.start = start
    }

    /// Starts it afresh, and ends it after `body`.
    func withServer(wrapper: [String] = [], _ body: (CheckedServer) throws -> Void) throws {
        try start(wrapper, body)
    }
}
