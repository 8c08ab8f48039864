// One request and its reply as bytes, with the places where the key and the value go.

import LabKit
import Shared

/// A request of a fixed length, and its reply. Putting in another key needs no encoder, and no memory.
struct LoadTemplate {
    private(set) var request: [UInt8]
    private(set) var reply: [UInt8]
    private let plan: LoadPlan
    /// Where the digits are, and the values.
    private let key: Range<Int>?
    private let time: Range<Int>?
    private let value: Range<Int>?
    private let replyValue: Range<Int>?

    /// `key:000000000042`, 16 bytes.
    static func key(_ number: Int, prefix: String = "key:") -> [UInt8] {
        let digits = String(number)
        return (prefix + String(repeating: "0", count: 16 - prefix.count - digits.count) + digits).bytes
    }

    init(_ command: LoadCommand, _ plan: LoadPlan) {
        self.plan = plan
        let (name, digits) = (command.rawValue.uppercased().bytes, Self.key(0).dropFirst(4))
        let bytes = plan.fixedValue ?? Array(repeating: UInt8(ascii: "v"), count: plan.valueSize)
        // Milliseconds since 1970 have 13 digits until the year 2286.
        let date = [UInt8](repeating: UInt8(ascii: "9"), count: 13)
        switch command {
        case .ping: (request, reply) = (plan.wireProtocol.encode([name]), plan.wireProtocol.reply(status: "PONG"))
        case .set:
            let words = [name, Self.key(0), bytes] + (plan.expiry == nil ? [] : ["PXAT".bytes, date])
            (request, reply) = (plan.wireProtocol.encode(words), plan.wireProtocol.reply(status: "OK"))
        case .get, .mixed, .incr:
            request = plan.wireProtocol.encode([name, Self.key(0)])
            reply = plan.wireProtocol.reply(string: bytes)
        }
        key = request.firstRange(of: digits)
        time = request.firstRange(of: date)
        value = command == .set ? request.firstRange(of: bytes) : nil
        replyValue = command == .get ? reply.firstRange(of: bytes) : nil
    }

    /// Makes it the request for a key, and the reply that this must get.
    mutating func put(_ number: Int) {
        if let key { Self.put(number, into: &request, at: key) }
        if let time, let expiry = plan.expiry {
            Self.put(expiry.lowerBound + number % expiry.count, into: &request, at: time)
        }
        // A fixed value is there already.
        if plan.fixedValue != nil { return }
        if let value { Self.putValue(of: number, into: &request, at: value) }
        if let replyValue { Self.putValue(of: number, into: &reply, at: replyValue) }
    }

    private static func put(_ number: Int, into bytes: inout [UInt8], at place: Range<Int>) {
        var rest = number
        for index in place.reversed() {
            bytes[index] = UInt8(ascii: "0") + UInt8(rest % 10)
            rest /= 10
        }
    }

    /// Letters that depend on the key: the value of another key is a wrong reply, and is seen to be one.
    private static func putValue(of key: Int, into bytes: inout [UInt8], at place: Range<Int>) {
        var random = SplitMix(seed: UInt64(key) &* 0x9E37)
        var letters: UInt64 = 0
        for index in place {
            letters = (index - place.lowerBound) % 16 == 0 ? random.next() : letters >> 4
            bytes[index] = UInt8(ascii: "a") + UInt8(letters & 15)
        }
    }
}

extension WireProtocol {
    func reply(string bytes: [UInt8]) -> [UInt8] {
        if self == .lengthPrefixed { return Self.word(5 + bytes.count) + [2] + Self.word(bytes.count) + bytes }
        return "$\(bytes.count)\r\n".bytes + bytes + "\r\n".bytes
    }

    /// `OK` and the like, for which the length-prefixed protocol has only strings.
    func reply(status text: String) -> [UInt8] {
        if self == .lengthPrefixed { return reply(string: Array(text.utf8)) }
        return "+\(text)\r\n".bytes
    }

    func reply(integer value: Int) -> [UInt8] {
        if self == .lengthPrefixed { return Self.word(9) + [3] + Self.word(value) + Self.word(value >> 32) }
        return ":\(value)\r\n".bytes
    }

    /// 32 bits, little-endian: see LengthPrefixedCodec.
    static func word(_ value: Int) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
}
