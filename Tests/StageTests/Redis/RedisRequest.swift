// Requests, and the ways to write one down: as an array of bulk strings, as a line, and readable for people.

import LabKit
import Shared

/// A command's name and its arguments.
struct RedisRequest: CustomStringConvertible {
    var arguments: [[UInt8]]

    init(_ arguments: [[UInt8]]) {
        self.arguments = arguments
    }

    /// Words, parted by white space. `''` is an empty word; one with a backslash is read as if it stood in double quotes.
    init(_ text: String) {
        arguments = text.split(whereSeparator: \.isWhitespace).flatMap { word in
            RESPCodec.words((word.contains("\\") ? "\"\(word)\"" : "\(word)").bytes)!
        }
    }

    /// `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`
    var array: [UInt8] { WireProtocol.resp2.encode(arguments) }

    /// As a line where it fits one: whether a line of more than 64 KB is taken depends on how it arrives.
    var lineOrArray: [UInt8] {
        let line = line
        return line.count < 60_000 ? line : array
    }

    /// `"GET" "a" \r\n`, every byte that a line cannot hold escaped.
    var line: [UInt8] { (arguments.map { "\"\($0.escaped)\" " }.joined() + "\r\n").bytes }

    var description: String {
        arguments.map {
            $0.allSatisfy { (33..<127).contains($0) } && !$0.isEmpty && $0.count < 100
                ? String(decoding: $0, as: UTF8.self) : $0.inQuotes
        }.joined(separator: " ")
    }

    var name: String { argument(0) }

    func argument(_ index: Int) -> String {
        index < arguments.count ? String(decoding: arguments[index], as: UTF8.self).lowercased() : ""
    }
}

extension RedisRequest {
    /// How far apart two times to live may be, in seconds: both servers count from when they executed the request,
    /// and a machine may stall between the two. Times that are compared differ by far more, or not at all.
    private static let tolerance = 3600

    /// The requests, and replies that belong to them: EXEC's are those of what was queued before it.
    private static func unfold(_ requests: [RedisRequest], _ replies: [RedisReply]) -> [(RedisRequest, RedisReply)] {
        var queue: [RedisRequest] = []
        var result: [(RedisRequest, RedisReply)] = []
        for (request, reply) in zip(requests, replies) {
            result.append((request, reply))
            if reply.sign != UInt8(ascii: "-") && reply.text == "QUEUED" {
                queue.append(request)
            } else if request.name == "exec" || request.name == "discard" {
                if reply.elements.count == queue.count { result += zip(queue, reply.elements) }
                queue = []
            }
        }
        return result
    }

    /// Where the replies of two servers to the same requests differ; nil where they may, or do not.
    static func difference(
        _ requests: [RedisRequest], _ first: (name: String, replies: [RedisReply]),
        _ second: (name: String, replies: [RedisReply]),
        allows: (RedisRequest) -> (RedisReply, RedisReply) -> Bool = RedisRequest.allows
    ) -> String? {
        let differing = zip(unfold(requests, first.replies), unfold(requests, second.replies))
            .filter { !allows($0.0)($0.1, $1.1) }
        if !differing.isEmpty {
            let lines = differing.prefix(5).map { "\($0.0)\n  \(first.name): \($0.1)\n  \(second.name): \($1.1)\n" }
            return lines.joined()
        }
        let (count, other) = (first.replies.count, second.replies.count)
        return count == other ? nil : "\(count) replies of \(first.name), \(other) of \(second.name)\n"
    }

    /// Of a SCAN: whether it starts at the first key and goes on to the last of a few.
    private var looksAtAllKeys: Bool {
        let counts = (3..<max(3, arguments.count)).filter { argument($0 - 1) == "count" }.map { Int(argument($0)) ?? 0 }
        return Int(argument(1)) == 0 && counts.allSatisfy { $0 >= 10 }
    }

    /// Whether both replies are right if `redis` is Redis's.
    func allows(_ redis: RedisReply, _ stage: RedisReply) -> Bool {
        if redis == stage { return true }
        // Errors must be the same to the byte.
        guard redis.sign == stage.sign, redis.sign != UInt8(ascii: "-") else { return false }
        switch (name, argument(1)) {
        case ("ttl", _), ("pttl", _):
            guard let first = redis.number, let second = stage.number, first > 0, second > 0 else { return false }
            return abs(first - second) <= Self.tolerance * (name == "ttl" ? 1 : 1000)
        case ("client", "id"), ("memory", "usage"): return redis.sign == UInt8(ascii: ":")
        case ("client", "help"), ("config", "help"), ("command", "help"), ("memory", "help"):
            return Set(redis.sorted).isSuperset(of: stage.sorted)
        case ("keys", _):
            // In the order of the table.
            return redis.sorted == stage.sorted
        case ("scan", _):
            let (first, second) = (redis.elements, stage.elements)
            guard first.count == 2, second.count == 2 else { return false }
            // Where one that does not look at all keys stops, depends on the table.
            return !looksAtAllKeys || first[0] == second[0] && first[1].sorted == second[1].sorted
        case ("hello", _):
            guard let index = redis.index(of: "id"), let id = stage["id"], redis["id"]?.sign == id.sign else {
                return false
            }
            // All else must be the same.
            var elements = redis.elements
            elements[index] = id
            return elements == stage.elements
        case ("exec", _):
            // What is in it has been compared with each queued request; see `unfold`.
            return !redis.elements.isEmpty && redis.elements.count == stage.elements.count
        default: return false
        }
    }
}

extension RedisReply {
    /// Of an array: what is in it, in an order that all servers share.
    fileprivate var sorted: [[UInt8]] { elements.map(\.bytes).sorted { $0.lexicographicallyPrecedes($1) } }
}
