// Requests, and the ways to write one down: as an array of bulk strings, as a line, and readable for people.

import Shared

/// A command's name and its arguments.
struct RedisRequest: Equatable, CustomStringConvertible {
    var arguments: [[UInt8]]

    init(_ arguments: [[UInt8]]) {
        self.arguments = arguments
    }

    /// Words, parted by spaces. `''` is an empty word; `\xHH`, `\r` and `\n` stand for a byte.
    init(_ text: String) {
        arguments = text.split(separator: " ").map { word in
            word == "''" ? [] : Self.unescape(Array(word.utf8))
        }
    }

    private static func unescape(_ text: [UInt8]) -> [UInt8] {
        var rest = text[...]
        var result: [UInt8] = []
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "\\"), let escape = rest.popFirst() else {
                result.append(byte)
                continue
            }
            switch escape {
            case UInt8(ascii: "r"): result.append(13)
            case UInt8(ascii: "n"): result.append(10)
            case UInt8(ascii: "x"):
                result.append(UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16)!)
                rest = rest.dropFirst(2)
            default: result.append(escape)
            }
        }
        return result
    }

    /// `*2\r\n$3\r\nGET\r\n$1\r\na\r\n`
    var array: [UInt8] {
        var result = Array("*\(arguments.count)\r\n".utf8)
        for argument in arguments {
            result += "$\(argument.count)\r\n".utf8
            result += argument
            result += "\r\n".utf8
        }
        return result
    }

    /// As a line where it fits one: whether a line of more than 64 KB is taken depends on how it arrives.
    var lineOrArray: [UInt8] {
        let line = line
        return line.count < 60_000 ? line : array
    }

    /// `"GET" "a" \r\n`, every byte that a line cannot hold escaped.
    var line: [UInt8] {
        Array((arguments.map { "\"" + $0.map(\.escaped).joined() + "\" " }.joined() + "\r\n").utf8)
    }

    var description: String {
        arguments.map {
            $0.allSatisfy { (33..<127).contains($0) } && !$0.isEmpty && $0.count < 100
                ? String(decoding: $0, as: UTF8.self) : $0.quoted
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

    /// Whether two replies to TTL or PTTL are the same, the clock's going on aside.
    func isSameTime(_ first: Int, _ second: Int) -> Bool {
        first > 0 && second > 0 && abs(first - second) <= Self.tolerance * (name == "ttl" ? 1 : 1000)
    }

    /// The requests, and replies that belong to them: EXEC's are those of what was queued before it.
    static func unfold(_ requests: [RedisRequest], _ replies: [RedisReply]) -> [(RedisRequest, RedisReply)] {
        var queue: [RedisRequest] = []
        var result: [(RedisRequest, RedisReply)] = []
        for (request, reply) in zip(requests, replies) {
            result.append((request, reply))
            if reply.sign != UInt8(ascii: "-") && reply.string == "QUEUED" {
                queue.append(request)
            } else if request.name == "exec" || request.name == "discard" {
                if reply.elements.count == queue.count { result += zip(queue, reply.elements) }
                queue = []
            }
        }
        return result
    }

    /// Of a SCAN: whether it starts at the first key and goes on to the last of a few.
    var looksAtAllKeys: Bool {
        let counts = (3..<max(3, arguments.count)).filter { argument($0 - 1) == "count" }.map { Int(argument($0)) ?? 0 }
        return Int(argument(1)) == 0 && counts.allSatisfy { $0 >= 10 }
    }

    /// Whether both replies are right if `redis` is Redis's.
    func allows(_ redis: RedisReply, _ stage: RedisReply) -> Bool {
        if redis == stage { return true }
        guard redis.sign == stage.sign else { return false }
        switch name {
        case "ttl", "pttl":
            guard let first = redis.number, let second = stage.number else { return false }
            return isSameTime(first, second)
        case "client":
            if argument(1) == "help" { return Set(redis.strings).isSuperset(of: stage.strings) }
            return argument(1) == "id" && redis.sign == UInt8(ascii: ":")
        case "memory" where argument(1) == "usage": return redis.sign == UInt8(ascii: ":")
        case "config", "command", "memory":
            return argument(1) == "help" && Set(redis.strings).isSuperset(of: stage.strings)
        case "keys":
            // In the order of the table.
            return redis.strings.sorted() == stage.strings.sorted()
        case "scan":
            guard redis.elements.count == 2, stage.elements.count == 2 else { return false }
            // Where one that does not look at all keys stops, depends on the table.
            return !looksAtAllKeys
                || redis.elements[0] == stage.elements[0]
                    && redis.elements[1].strings.sorted() == stage.elements[1].strings.sorted()
        case "hello":
            guard redis["id"]?.sign == stage["id"]?.sign else { return false }
            var (first, second) = (redis, stage)
            first["id"] = .integer(0)
            second["id"] = .integer(0)
            return first == second
        case "exec": return redis.elements.count == stage.elements.count
        default: return false
        }
    }
}

extension RedisReply {
    /// Of an array: the texts in it.
    fileprivate var strings: [String] { elements.map { "\($0)" } }
}
