// The servers of this course, in one table: all that the lab and the tests know about each of them. To add a server,
// add a row here, its folder to Package.swift, and a file of tests; README and NOTES tell its story.

import Shared

/// A server of the course: one of the five stages, or a variation beyond one of them.
public struct Stage: Sendable, Hashable, CustomStringConvertible {
    /// How it is named on a command line: `3`, `pool`.
    public let key: String
    /// Its folder, seen from the package's.
    public let folder: String
    /// Its files in the order in which to read them.
    public let files: [String]
    /// The one of them where its idea shows.
    public let ideaFile: String
    public let wireProtocol: WireProtocol
    public let concurrency: Concurrency
    /// The key of the server that it is compared with; nil for the first.
    private let baseKey: String?
    /// Of its lines and bars: on light and on dark paper (CSS), and in a terminal of 256 colours.
    public let color: Color

    public struct Color: Sendable, Hashable {
        public let light: String
        public let dark: String
        public let terminal: Int
    }

    /// How it serves several clients.
    public enum Concurrency: Sendable {
        /// One after another.
        case none
        /// Each by a thread.
        case threads
        /// As many as there are threads; the others wait.
        case pool
        /// All by one thread, which waits for none of them.
        case loop
        /// By several such threads, each of which has its share of them.
        case loops
    }

    private static let blockingFiles = ["main.swift", "Server.swift", "Connection.swift"]
    private static let loopFiles = blockingFiles + ["Poller.swift"]

    private static let uringFiles = blockingFiles + ["Ring.swift", "Operation.swift", "BufferRing.swift"]

    /// Every server, the stages first.
    public static let all = [
        Stage(
            key: "1", folder: "Stage1-Sync", files: blockingFiles, ideaFile: "Server.swift",
            wireProtocol: .lengthPrefixed,
            concurrency: .none, baseKey: nil, color: Color(light: "#5f6670", dark: "#b5bcc5", terminal: 244)),
        Stage(
            key: "2", folder: "Stage2-Threads", files: blockingFiles, ideaFile: "Server.swift",
            wireProtocol: .lengthPrefixed,
            concurrency: .threads, baseKey: "1", color: Color(light: "#b34700", dark: "#ff9a5c", terminal: 208)),
        Stage(
            key: "3", folder: "Stage3-Poll", files: loopFiles, ideaFile: "Connection.swift",
            wireProtocol: .lengthPrefixed,
            concurrency: .loop, baseKey: "2", color: Color(light: "#00785a", dark: "#41cfa2", terminal: 36)),
        Stage(
            key: "4", folder: "Stage4-Epoll", files: loopFiles, ideaFile: "Poller.swift", wireProtocol: .resp2,
            concurrency: .loop, baseKey: "3", color: Color(light: "#0067a8", dark: "#62b6f5", terminal: 33)),
        Stage(
            key: "5", folder: "Stage5-Pipelining", files: loopFiles, ideaFile: "Connection.swift", wireProtocol: .resp2,
            concurrency: .loop, baseKey: "4", color: Color(light: "#a03075", dark: "#ec8fc6", terminal: 169)),
        Stage(
            key: "pool", folder: "Beyond/Pool", files: blockingFiles, ideaFile: "Server.swift",
            wireProtocol: .lengthPrefixed,
            concurrency: .pool, baseKey: "2", color: Color(light: "#7a5c00", dark: "#d9b44a", terminal: 178)),
        Stage(
            key: "cores", folder: "Beyond/Cores", files: ["main.swift", "Loops.swift"] + loopFiles.dropFirst(),
            ideaFile: "Server.swift", wireProtocol: .resp2, concurrency: .loops, baseKey: "5",
            color: Color(light: "#5b3fb5", dark: "#a993f0", terminal: 99)),
        Stage(
            key: "kqueue", folder: "Beyond/Kqueue", files: loopFiles, ideaFile: "Poller.swift", wireProtocol: .resp2,
            concurrency: .loop, baseKey: "4", color: Color(light: "#3f4fb5", dark: "#9aa8ff", terminal: 105)),
        Stage(
            key: "uring", folder: "Beyond/Uring", files: uringFiles, ideaFile: "Connection.swift", wireProtocol: .resp2,
            concurrency: .loop, baseKey: "5", color: Color(light: "#0b7285", dark: "#66d9e8", terminal: 80)),
    ]

    /// The five stages.
    public static let allCases = Array(all.prefix(5))

    public static let sync = all[0]
    public static let threads = all[1]
    public static let poll = all[2]
    public static let epoll = all[3]
    public static let pipelining = all[4]
    public static let pool = all[5]
    public static let cores = Stage(key: "cores")!
    public static let kqueue = Stage(key: "kqueue")!
    public static let uring = Stage(key: "uring")!

    /// Those that can be started: what this build has.
    public static let built = all.filter { $0.obstacle == nil }

    /// The server that it is compared with, from which it differs by one idea; nil for the first.
    public var base: Stage? { baseKey.flatMap { Stage(key: $0) } }

    /// The name of its target and its executable.
    public var name: String { String(folder.split(separator: "/").last!) }

    /// How a person calls it: `1 Sync`, with a space at which no line is broken, or `Pool`.
    public var title: String { name.hasPrefix("Stage") ? "\(key)\u{A0}" + name.split(separator: "-")[1] : name }

    /// Its row in the table, from 1: the number of a stage.
    public var number: Int { Self.all.firstIndex(of: self)! + 1 }

    /// Whether a client is never kept waiting by silent ones, however many there are.
    public var isConcurrent: Bool { concurrency == .threads || isLoop }

    /// Whether a thread serves many, and waits for none of them.
    public var isLoop: Bool { concurrency == .loop || concurrency == .loops }

    /// Whether it answers all that has arrived with one write: stage 5, and what is built from it.
    public var isPipelining: Bool { self == .pipelining || base == .pipelining }

    public var description: String { name }
}

extension Stage {
    /// The server that is named so on a command line.
    public init?(key: String) {
        guard let stage = Self.all.first(where: { $0.key == key.lowercased() }) else { return nil }
        self = stage
    }
}

/// Its key stands for it in files: `3`, `pool`.
extension Stage: RawRepresentable, Codable {
    public init?(rawValue: String) { self.init(key: rawValue) }
    public var rawValue: String { key }
}
