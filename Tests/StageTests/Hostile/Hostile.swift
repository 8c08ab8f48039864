// What the tests with hostile clients share: how many there are, bare bytes, and figures before and after.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

/// What puts a load on the machine: one suite after the other.
@Suite("Hostile", .serialized) enum HostileSuites {}

/// By hand, `HOSTILE_SCALE=20 swift test --filter HostileSuites` makes twenty times as many connections. What was measured
/// is attached to each test: `--attachments-path FOLDER` keeps it.
enum Hostile {
    private static let scale = getenv("HOSTILE_SCALE").flatMap { Int(String(cString: $0)) } ?? 1

    /// How many to make of what is to be `wanted` on an ordinary day. Under a sanitizer everything takes longer, and
    /// there is less of it.
    static func count(_ wanted: Int) -> Int {
        Sanitizer.isOn ? max(1, wanted / 10) : wanted * scale
    }

    static func report(_ stage: Stage, _ figures: String) {
        let test = Test.current?.name.prefix { $0 != "(" } ?? ""
        Attachment.record("\(stage): \(figures)\n", named: "\(test) \(stage).txt")
    }

    static let megabyte = 1 << 20
    /// What a server holds of replies that nobody reads, in all: see ClientMemory.
    static let maxReplies = 256 * megabyte
    /// What a server may keep of memory that was in use, beside twice what is in use.
    static let slack = 16 * megabyte
}

extension TestClient {
    /// Sends what the system takes now, without waiting.
    ///
    /// - Returns: how many bytes that were; 0 too if the peer has gone.
    func sendNow(_ bytes: ArraySlice<UInt8>) -> Int {
        let flags = CInt(MSG_DONTWAIT | MSG_NOSIGNAL)
        return max(0, bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) })
    }

    /// So many bytes, or all that come before the end. Past the client's own buffer, which must be empty: it would
    /// take long over megabytes.
    ///
    /// `Array(unsafeUninitializedCapacity:)` would do with less; but of no bytes it writes a count of 0 into the empty
    /// array that all threads share, and the thread sanitizer calls that a race.
    func receive(exactly count: Int) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        var received = 0
        while received < count, case let more = receive(into: &bytes, from: received), more > 0 { received += more }
        bytes.removeLast(count - received)
        return bytes
    }

    private func receive(into bytes: inout [UInt8], from start: Int) -> Int {
        bytes.withUnsafeMutableBytes { recv(descriptor, $0.baseAddress! + start, $0.count - start, 0) }
    }
}

extension Stage {
    /// Stages that serve more than one client at once.
    static let concurrent = built.filter(\.isConcurrent)
    /// Those of them that serve as many as come.
    static let unlimited = concurrent.filter { $0.concurrency != .pool }

    /// The bytes of a reply.
    func encodeReply(_ string: [UInt8]) -> [UInt8] {
        if wireProtocol != .lengthPrefixed { return "$\(string.count)\r\n".bytes + string + "\r\n".bytes }
        return littleEndian(string.count + 5) + [2] + littleEndian(string.count) + string
    }

    func encodeReply(_ integer: Int) -> [UInt8] {
        if wireProtocol != .lengthPrefixed { return ":\(integer)\r\n".bytes }
        return littleEndian(9) + [3] + littleEndian(integer) + littleEndian(integer >> 32)
    }

    private func littleEndian(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }
}

extension ServerProcess {
    /// Waits until it has exactly the descriptors and threads it had before its first client, and those of `open`
    /// connections: nothing is left of the others.
    func expectConnections(_ open: Int, _ stage: Stage, sourceLocation: SourceLocation = #_sourceLocation) throws {
        // A pool and several loops have the threads they began with, and so has libkqueue. With io_uring the kernel now and
        // then starts a worker, which is counted as a thread of the process, and keeps it.
        let hasOthers = [.pool, .loops].contains(stage.concurrency) || [.kqueue, .uring].contains(stage)
        let threads = hasOthers ? nil : 1 + (stage.concurrency == .threads ? open : 0)
        try eventually("the server has \(open) connections", sourceLocation: sourceLocation) {
            let now = try facts
            // The thread sanitizer has a thread of its own.
            let hasThreads = threads.map { now.threads == $0 || Sanitizer.isOn && now.threads == $0 + 1 } ?? true
            return now.descriptors == descriptorsWhenReady + open && hasThreads
        }
    }

    /// Waits until its resident memory is no more than `limit` bytes above what it was `before`: what was freed is
    /// not given back at the same moment. Not looked at under a sanitizer, which keeps what was freed to find its use.
    /// Reports the figure.
    func expectGrowth(
        since before: ProcessFacts, atMost limit: Int, _ reason: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        try eventually("resident memory grows by \(limit >> 10) KB at most", sourceLocation: sourceLocation) {
            try Sanitizer.isOn || facts.residentMemory - before.residentMemory <= limit
        }
        Hostile.report(stage!, "\(reason): \(try growth(since: before))")
    }

    func growth(since before: ProcessFacts) throws -> String {
        "\((try facts.residentMemory - before.residentMemory) >> 10) KB"
    }
}
