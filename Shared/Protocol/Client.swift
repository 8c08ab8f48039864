// The other end: a blocking client for both protocols. The tests and the lab speak to the servers through it.

@preconcurrency @unsafe import Glibc

/// A reply, decoded.
public indirect enum Reply: Equatable, Sendable {
    case null
    case error([UInt8])
    /// A text of the server's own, such as OK. Only RESP tells it from a string.
    case status([UInt8])
    case string([UInt8])
    case integer(Int64)
    case array([Reply])
    /// RESP3 only.
    case map([[Reply]])

    /// What can go wrong between a client and a server.
    public enum Failure: Error, Equatable {
        /// The server closed the connection.
        case closed
        /// Nothing came for as long as the client was willing to wait.
        case timedOut
        /// The bytes that came are not a reply.
        case malformed
        /// A call failed; in words.
        case system(String)
    }
}

/// A connection to a server.
public struct Client: ~Copyable {
    public let descriptor: FileDescriptor
    public let wireProtocol: WireProtocol
    /// What one `read` asks for, in bytes: any reply but a long one.
    private static let readSize = 64 << 10
    private var unsent = ByteBuffer()
    private var received = ByteBuffer()

    /// Connects.
    /// The corresponding C function is `connect`.
    ///
    /// - Parameter timeout: how long each call waits, in seconds; 0 for as long as it takes.
    public init(
        host: String = "127.0.0.1", port: Int, wireProtocol: WireProtocol, timeout: Int = 10
    ) throws(Reply.Failure) {
        do throws(SystemCallError) {
            descriptor = try FileDescriptor.connect(host: host, port: port, timeout: timeout)
        } catch {
            throw .system(error.description)
        }
        self.wireProtocol = wireProtocol
    }

    /// Sends one request and waits for its reply.
    public mutating func call(_ arguments: [[UInt8]]) throws(Reply.Failure) -> Reply {
        try send(arguments)
        return try receive()
    }

    /// The same, for words.
    public mutating func call(_ arguments: String...) throws(Reply.Failure) -> Reply {
        try call(arguments.map { Array($0.utf8) })
    }

    /// Sends one request.
    public mutating func send(_ arguments: [[UInt8]]) throws(Reply.Failure) {
        Self.encode(arguments, wireProtocol, into: &unsent)
        try flush()
    }

    /// Sends bytes as they are.
    public mutating func send(bytes: [UInt8]) throws(Reply.Failure) {
        unsent.append(bytes.span)
        try flush()
    }

    /// Sends a buffer as it is, and empties it.
    public mutating func send(_ buffer: inout ByteBuffer) throws(Reply.Failure) {
        unsent.append(buffer.bytes)
        buffer.consume(buffer.count)
        try flush()
    }

    private mutating func flush() throws(Reply.Failure) {
        do throws(SystemCallError) {
            try descriptor.writeAll(from: &unsent)
        } catch {
            throw Reply.Failure(error)
        }
    }

    /// Waits for the next reply.
    public mutating func receive() throws(Reply.Failure) -> Reply {
        while true {
            if let reply = try takeReply() { return reply }
            try receiveMore()
        }
    }

    /// Waits for the next bytes, whatever they are, and takes them; empty at the end of the stream.
    public mutating func receiveBytes() throws(Reply.Failure) -> [UInt8] {
        do throws(Reply.Failure) {
            if received.isEmpty { try receiveMore() }
        } catch .closed {
            return []
        }
        let bytes = received.bytes.copy
        received.consume(bytes.count)
        return bytes
    }

    /// Sends nothing more; replies still come. Known as a half-close.
    public func endSending() {
        descriptor.endWriting()
    }

    private mutating func receiveMore() throws(Reply.Failure) {
        let result: TransferResult
        do throws(SystemCallError) {
            result = try descriptor.read(into: &received, atMost: Self.readSize)
        } catch {
            throw Reply.Failure(error)
        }
        switch result {
        case .bytes: return
        case .endOfStream: throw .closed
        case .wouldBlock: throw .timedOut
        }
    }

    private mutating func takeReply() throws(Reply.Failure) -> Reply? {
        var decoder = ReplyDecoder(bytes: received.bytes)
        let reply = try decoder.reply(wireProtocol)
        let end = decoder.position
        if reply != nil { received.consume(end) }
        return reply
    }

    /// Encodes a request.
    public static func encode(_ arguments: [[UInt8]], _ wireProtocol: WireProtocol, into buffer: inout ByteBuffer) {
        if wireProtocol == .lengthPrefixed {
            return LengthPrefixedCodec.encodeRequest(arguments, into: &buffer)
        }
        buffer.append(text: "*\(arguments.count)\r\n")
        for argument in arguments {
            buffer.append(text: "$\(argument.count)\r\n")
            buffer.append(argument.span)
            buffer.append("\r\n")
        }
    }
}

extension Reply.Failure {
    fileprivate init(_ error: SystemCallError) {
        switch error.code {
        case EPIPE, ECONNRESET: self = .closed
        case EAGAIN: self = .timedOut
        default: self = .system(error.description)
        }
    }
}

/// Decodes replies of either protocol, strictly. Nil: not all of it has arrived.
struct ReplyDecoder: ~Escapable {
    private let bytes: Span<UInt8>
    var position = 0
    /// How many arrays it is inside of. Each takes stack, and what answers may not be one of our servers.
    private var depth = 0
    private static let deepest = 128

    @_lifetime(copy bytes)
    init(bytes: Span<UInt8>) {
        self.bytes = bytes
    }

    /// The reply at `position`.
    @_lifetime(self: copy self)
    mutating func reply(_ wireProtocol: WireProtocol) throws(Reply.Failure) -> Reply? {
        wireProtocol == .lengthPrefixed ? try frame() : try resp()
    }

    // MARK: Length-prefixed

    @_lifetime(self: copy self)
    private mutating func frame() throws(Reply.Failure) -> Reply? {
        guard let length = integer(), length <= bytes.count - position else { return nil }
        let end = position + length
        guard let reply = value(), position == end else { throw .malformed }
        return reply
    }

    @_lifetime(self: copy self)
    private mutating func value() -> Reply? {
        guard position < bytes.count else { return nil }
        let tag = bytes[position]
        position += 1
        switch tag {
        case LengthPrefixedCodec.Tag.null: return .null
        case LengthPrefixedCodec.Tag.error: return integer().flatMap { take($0) }.map { .error($0) }
        case LengthPrefixedCodec.Tag.string: return integer().flatMap { take($0) }.map { .string($0) }
        case LengthPrefixedCodec.Tag.integer:
            guard let low = integer(), let high = integer() else { return nil }
            return .integer(Int64(truncatingIfNeeded: low | high << 32))
        case LengthPrefixedCodec.Tag.array:
            guard let count = integer(), depth < Self.deepest else { return nil }
            depth += 1
            defer { depth -= 1 }
            var elements: [Reply] = []
            for _ in 0..<count {
                guard let element = value() else { return nil }
                elements.append(element)
            }
            return .array(elements)
        default: return nil
        }
    }

    @_lifetime(self: copy self)
    private mutating func integer() -> Int? {
        defer { position += 4 }
        return LengthPrefixedCodec.integer(in: bytes, at: position)
    }

    @_lifetime(self: copy self)
    private mutating func take(_ count: Int) -> [UInt8]? {
        guard count <= bytes.count - position else { return nil }
        defer { position += count }
        return bytes.extracting(position..<position + count).copy
    }

    // MARK: RESP

    @_lifetime(self: copy self)
    private mutating func resp() throws(Reply.Failure) -> Reply? {
        guard let line = try line() else { return nil }
        guard let sign = line.first else { throw .malformed }
        let rest = Array(line.dropFirst())
        switch sign {
        case UInt8(ascii: "+"): return .status(rest)
        case UInt8(ascii: "-"): return .error(rest)
        case UInt8(ascii: "_") where rest.isEmpty: return .null
        case UInt8(ascii: ":"): return .integer(try number(rest))
        case UInt8(ascii: "$"), UInt8(ascii: "="):
            guard let count = try self.count(rest) else { return .null }
            guard let text = take(count), try takeLineEnd() else { return nil }
            // A verbatim string starts with what kind of text it is.
            return .string(sign == UInt8(ascii: "=") ? Array(text.dropFirst(4)) : text)
        case UInt8(ascii: "*"), UInt8(ascii: "~"), UInt8(ascii: "%"):
            let isMap = sign == UInt8(ascii: "%")
            guard let count = try self.count(rest) else { return .null }
            guard depth < Self.deepest else { throw .malformed }
            depth += 1
            defer { depth -= 1 }
            var elements: [Reply] = []
            for _ in 0..<(isMap ? count * 2 : count) {
                guard let element = try resp() else { return nil }
                elements.append(element)
            }
            if !isMap { return .array(elements) }
            return .map(stride(from: 0, to: elements.count, by: 2).map { Array(elements[$0..<$0 + 2]) })
        default: throw .malformed
        }
    }

    /// The next line without its end; nil if its end has not arrived.
    @_lifetime(self: copy self)
    private mutating func line() throws(Reply.Failure) -> [UInt8]? {
        var end = position
        while end < bytes.count, !bytes[end].isLineBreak { end += 1 }
        guard let line = take(end - position), try takeLineEnd() else { return nil }
        return line
    }

    /// Takes a carriage return and a newline; false where they have not arrived.
    @_lifetime(self: copy self)
    private mutating func takeLineEnd() throws(Reply.Failure) -> Bool {
        guard let end = take(2) else { return false }
        guard end == [RESPCodec.carriageReturn, RESPCodec.newline] else { throw .malformed }
        return true
    }

    /// How many bytes or elements follow; nil for -1, which stands for null.
    private func count(_ digits: [UInt8]) throws(Reply.Failure) -> Int? {
        let count = try number(digits)
        guard (-1...RESPCodec.maxArguments).contains(count) else { throw .malformed }
        return count == -1 ? nil : Int(count)
    }

    private func number(_ digits: [UInt8]) throws(Reply.Failure) -> Int64 {
        guard let number = Int64(decimal: digits.span) else { throw .malformed }
        return number
    }
}
