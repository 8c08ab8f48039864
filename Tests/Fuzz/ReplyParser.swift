// Reads replies strictly, independently of the client in Shared: whatever a client sends, the server's bytes are
// replies and nothing else.

/// A reply in the same form for all protocols.
indirect enum Answer: Equatable {
    case null
    case error([UInt8])
    case text([UInt8])
    case integer(Int64)
    case array([Answer])

    /// The same, but INFO's text without its figures: two of them tell of the whole process, at another moment.
    var withoutFigures: Answer {
        switch self {
        case .text(let bytes) where bytes.starts(with: Array("# ".utf8)):
            .text(bytes.filter { !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) })
        case .array(let answers): .array(answers.map(\.withoutFigures))
        default: self
        }
    }
}

struct ReplyParser {
    private let bytes: [UInt8]
    private var position = 0

    /// All replies in `bytes`, which must hold nothing else.
    static func parse(_ bytes: [UInt8], _ wireProtocol: WireProtocol) -> [Answer] {
        var parser = ReplyParser(bytes: bytes)
        var replies: [Answer] = []
        while parser.position < bytes.count {
            replies.append(wireProtocol == .lengthPrefixed ? parser.frame() : parser.resp())
        }
        return replies
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func take(_ count: Int) -> [UInt8] {
        check(count >= 0 && count <= bytes.count - position, "a reply ends early")
        defer { position += count }
        return Array(bytes[position..<position + count])
    }

    private mutating func takeByte() -> UInt8 {
        check(position < bytes.count, "a reply ends early")
        defer { position += 1 }
        return bytes[position]
    }

    // MARK: Length-prefixed

    private mutating func frame() -> Answer {
        let length = integer()
        let end = position + length
        let answer = value()
        check(position == end, "a frame of \(length) bytes ends \(end - position) bytes later than it says")
        return answer
    }

    private mutating func integer() -> Int {
        Int(takeByte()) | Int(takeByte()) << 8 | Int(takeByte()) << 16 | Int(takeByte()) << 24
    }

    private mutating func value() -> Answer {
        switch takeByte() {
        case 0: return .null
        case 1: return .error(take(integer()))
        case 2: return .text(take(integer()))
        case 3:
            let low = integer()
            return .integer(Int64(truncatingIfNeeded: low | integer() << 32))
        case 4: return .array((0..<integer()).map { _ in value() })
        case let tag: fatalError("\(tag) is no tag")
        }
    }

    // MARK: RESP 2 and 3

    private mutating func resp() -> Answer {
        let sign = takeByte()
        let line = line()
        switch sign {
        case UInt8(ascii: "+"): return .text(line)
        case UInt8(ascii: "-"): return .error(line)
        case UInt8(ascii: ":"): return .integer(Int64(number(line)))
        case UInt8(ascii: "_"):
            check(line.isEmpty, "a null with something in it")
            return .null
        case UInt8(ascii: "$"), UInt8(ascii: "="):
            if line == Array("-1".utf8) { return .null }
            let text = take(number(line))
            check(take(2) == [13, 10], "a bulk string without its end")
            return .text(sign == UInt8(ascii: "$") ? text : Array(text.dropFirst(4)))
        case UInt8(ascii: "*"), UInt8(ascii: "~"): return .array((0..<number(line)).map { _ in resp() })
        case UInt8(ascii: "%"): return .array((0..<number(line) * 2).map { _ in resp() })
        default: fatalError("\(sign) starts no reply")
        }
    }

    private mutating func line() -> [UInt8] {
        let start = position
        while case let byte = takeByte(), byte != 13 { check(byte != 10, "a line break inside a line") }
        check(takeByte() == 10, "a carriage return inside a line")
        return Array(bytes[start..<position - 2])
    }

    private func number(_ digits: [UInt8]) -> Int {
        guard let number = Int(String(decoding: digits, as: UTF8.self)) else { fatalError("\(digits) is no number") }
        return number
    }
}
