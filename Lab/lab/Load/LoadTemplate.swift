// One request and its reply as bytes, with the places where the key and the value go.

@preconcurrency import Glibc
import LabKit
import Shared

/// A request of a fixed length. Filling in a key is then a copy, and needs no encoder.
struct LoadTemplate {
    let request: [UInt8]
    let reply: [UInt8]
    private let keyIndex: Int?
    private let valueIndex: Int?
    private let expiryIndex: Int?
    private let expiry: Range<Int>
    private let replyValueIndex: Int?
    private let valueSize: Int
    private let fixedValue: [UInt8]?

    static let keyLength = 16

    /// `key:000000000042`
    static func key(_ number: Int, prefix: StaticString = "key:") -> [UInt8] {
        let digits = Array(String(number).utf8)
        let start = Array(prefix.description.utf8)
        let zeros = [UInt8](repeating: UInt8(ascii: "0"), count: keyLength - start.count - digits.count)
        return start + zeros + digits
    }

    /// Milliseconds since 1970 have 13 digits until the year 2286.
    private static let timeLength = 13

    init(_ command: LoadCommand, _ plan: LoadPlan) {
        let encode = plan.wireProtocol.encode as ([[UInt8]]) -> [UInt8]
        fixedValue = plan.fixedValue
        valueSize = plan.fixedValue?.count ?? plan.valueSize
        expiry = plan.expiry ?? 0..<1
        let value = [UInt8](repeating: 0, count: valueSize)
        let withKey = [Array(command.rawValue.uppercased().utf8), Self.key(0)]
        // In RESP a line break follows an argument. So each starts where a request that ends with it does, less its own
        // length and that.
        let tail = plan.wireProtocol == .lengthPrefixed ? 0 : 2
        let time = [UInt8](repeating: UInt8(ascii: "0"), count: Self.timeLength)
        let withExpiry = command == .set && plan.expiry != nil
        switch command {
        case .ping: (request, reply) = (encode([withKey[0]]), plan.wireProtocol.reply(status: "PONG"))
        case .set:
            request = encode(withKey + [value] + (withExpiry ? ["PXAT".bytes, time] : []))
            reply = plan.wireProtocol.reply(status: "OK")
        case .get, .mixed, .incr: (request, reply) = (encode(withKey), plan.wireProtocol.reply(string: value))
        }
        keyIndex = command == .ping ? nil : encode(withKey).count - tail - Self.keyLength
        valueIndex = command == .set ? encode(withKey + [value]).count - tail - valueSize : nil
        expiryIndex = withExpiry ? request.count - tail - Self.timeLength : nil
        replyValueIndex = command == .get ? reply.count - tail - valueSize : nil
    }

    /// Writes the request for a key, and the reply that it must get.
    func write(key: Int, request target: UnsafeMutableRawPointer, reply replyTarget: UnsafeMutableRawPointer) {
        target.copyMemory(from: request, byteCount: request.count)
        replyTarget.copyMemory(from: reply, byteCount: reply.count)
        if let keyIndex { Self.writeDigits(of: key, before: target + keyIndex + Self.keyLength) }
        if let expiryIndex {
            let time = expiry.lowerBound + key % expiry.count
            Self.writeDigits(of: time, before: target + expiryIndex + Self.timeLength)
        }
        if let valueIndex { writeValue(of: key, to: target + valueIndex) }
        if let replyValueIndex { writeValue(of: key, to: replyTarget + replyValueIndex) }
    }

    private static func writeDigits(of number: Int, before end: UnsafeMutableRawPointer) {
        var rest = number
        var place = end
        while rest > 0 {
            place -= 1
            place.storeBytes(of: UInt8(ascii: "0") + UInt8(rest % 10), as: UInt8.self)
            rest /= 10
        }
    }

    /// Letters that depend on the key: the value of another key is a wrong reply, and is seen to be one.
    private func writeValue(of key: Int, to target: UnsafeMutableRawPointer) {
        if let fixedValue { return target.copyMemory(from: fixedValue, byteCount: valueSize) }
        var random = SplitMix(seed: UInt64(key) &* 0x9E37)
        var letters: UInt64 = 0
        for index in 0..<valueSize {
            if index % 16 == 0 { letters = random.next() }
            target.storeBytes(
                of: UInt8(ascii: "a") + UInt8(letters & 15), toByteOffset: index, as: UInt8.self)
            letters >>= 4
        }
    }
}

/// The requests of one connection that counts a key of its own up, and the replies to them.
struct LoadCounter {
    private let request: [UInt8]
    private let wireProtocol: WireProtocol
    private var value = 0
    private var block: LoadBlock?

    init(number: Int, _ plan: LoadPlan) {
        request = plan.wireProtocol.encode(["INCR".bytes, Self.key(number)])
        wireProtocol = plan.wireProtocol
    }

    static func key(_ number: Int) -> [UInt8] { LoadTemplate.key(number, prefix: "counter:") }

    mutating func next(_ count: Int) -> LoadBatch {
        let replies = (1...count).map { wireProtocol.reply(integer: value + $0) }
        let block = LoadBlock(lengths: replies.map { (request.count, $0.count) })
        for (index, reply) in replies.enumerated() {
            (block.requests.baseAddress! + block.requestEnds[index]).copyMemory(
                from: request, byteCount: request.count)
            (block.replies.baseAddress! + block.replyEnds[index]).copyMemory(from: reply, byteCount: reply.count)
        }
        value += count
        // Kept until the next: the batch points into it.
        self.block = block
        return block.batch(0..<count)
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
