// MULTI and EXEC: several requests that are executed with nobody's in between.
//
//     MULTI                  +OK
//     SET a 1                +QUEUED         only checked, and kept
//     INCR a                 +QUEUED
//     EXEC                   *2 +OK :2       all at once: one request among others, under one lock where there is one
//
// A request that is refused when it is to be queued spoils the transaction: EXEC executes nothing. One that fails when it
// is executed, as an INCR of a word does, stops none of the others, and nothing is undone. So it is in Redis.

extension Command {
    static let transactionCommands = [
        Command("multi", arity: 1, [.fast, .immediate]) { $0.multi(&$2, &$3) },
        Command("exec", arity: 1, [.immediate]) { $0.exec($1, for: &$2, &$3) },
        Command("discard", arity: 1, [.fast, .immediate]) { $0.discard(&$2, &$3) },
    ]
}

/// What a client has sent since its MULTI.
struct Transaction: ~Copyable, Sendable {
    /// The requests, written down as a client of Redis sends them: EXEC reads them as if they had just arrived.
    private(set) var requests = ByteBuffer()
    private(set) var count = 0
    /// Something could not be queued.
    var isSpoilt = false
    /// A request needs memory, and EXEC must not be executed when there is none.
    var needsMemory = false

    /// The most bytes that one client can have queued, and all together. What they queue is the server's to hold, and no
    /// client reads a reply to it that could slow it down. Pipelines of ordinary size are far below.
    static let maxBytes = 128 << 20
    static let maxBytesOfAll = 256 << 20
    /// What all clients have queued.
    static let bytesOfAll = Counter()

    static let aborted: StaticString = "EXECABORT Transaction discarded because of: "

    deinit {
        Self.bytesOfAll.add(-requests.count)
    }

    /// Queues a request; false when there is no room for it.
    mutating func append(_ request: Arguments) -> Bool {
        let size = RESPCodec.encodedCount(request)
        guard requests.count + size <= Self.maxBytes, Self.bytesOfAll.value + size <= Self.maxBytesOfAll else {
            return false
        }
        let before = requests.count
        RESPCodec.encode(request, into: &requests)
        Self.bytesOfAll.add(requests.count - before)
        count += 1
        return true
    }

    /// Takes the requests out, to be executed.
    consuming func takeRequests() -> RequestBuffer {
        var input = RequestBuffer()
        Self.bytesOfAll.add(-requests.count)
        swap(&input.bytes, &requests)
        return input
    }
}

extension KeyValueStore {
    func multi(_ session: inout Session, _ output: inout ReplyBuffer) {
        if session.transaction != nil { return output.appendError("ERR MULTI calls can not be nested") }
        session.transaction = Transaction()
        output.appendOK()
    }

    func discard(_ session: inout Session, _ output: inout ReplyBuffer) {
        if session.transaction == nil { return output.appendError("ERR DISCARD without MULTI") }
        session.transaction = nil
        output.appendOK()
    }

    mutating func exec(_ arguments: Arguments, for session: inout Session, _ output: inout ReplyBuffer) {
        guard let transaction = session.transaction.take() else {
            return output.appendError("ERR EXEC without MULTI")
        }
        if transaction.isSpoilt {
            return output.appendError("EXECABORT Transaction discarded because of previous errors.")
        }
        // What is queued counts already: executed, it takes about as much.
        if transaction.needsMemory && lacksMemory(for: arguments, holding: 0) {
            return output.appendError {
                $0.append(Transaction.aborted)
                $0.append(ReplyBuffer.outOfMemory)
            }
        }
        let start = output.count
        output.beginArray(transaction.count)
        var input = transaction.takeRequests()
        while case .complete = RESPCodec.decode(&input) {
            if allowsMore(output.count - start) {
                executeNext(&input, for: &session, into: &output)
            } else {
                // Naming one long value often enough would take all memory. The array is begun and must be filled.
                input.removeFirst()
                output.appendError("ERR reply too long")
            }
        }
    }

    /// Whether a further reply may follow so many bytes of them.
    private func allowsMore(_ length: Int) -> Bool {
        length <= ClientMemory.share || (length <= maxReplyLength && ClientMemory.allowsReply(of: 0))
    }

    /// Between MULTI and EXEC: keeps a request for EXEC, if it can be executed then.
    @inline(never)
    mutating func queue(
        _ command: UInt8?, _ arguments: Arguments, holding own: Int, for session: inout Session,
        into output: inout ReplyBuffer
    ) {
        guard let command else {
            session.transaction?.isSpoilt = true
            return reject(arguments, for: &session, into: &output)
        }
        let known = Command.all[Int(command)]
        guard allow(known, arguments, holding: own, &output) else {
            session.transaction?.isSpoilt = true
            // Then the transaction has ended with this error.
            if known.name.span.spells("exec") { session.transaction = nil }
            return
        }
        if known.flags.contains(.immediate) { return known.run(&self, arguments, &session, &output) }
        guard session.transaction!.append(arguments) else {
            session.transaction?.isSpoilt = true
            return output.appendError("ERR transaction too long")
        }
        if known.flags.contains(.denyOOM) { session.transaction?.needsMemory = true }
        output.appendStatus("QUEUED")
    }

    /// Checks what is checked before a request is queued. Without memory nothing is: a queue takes memory, too.
    private func allow(
        _ command: Command, _ arguments: Arguments, holding own: Int, _ output: inout ReplyBuffer
    ) -> Bool {
        guard command.arity < 0 ? arguments.count >= -command.arity : arguments.count == command.arity else {
            output.appendWrongNumberOfArguments(command.name)
            return false
        }
        if arguments.count > 1, !command.subcommands.isEmpty,
            command.subcommands.find(arguments, of: command.name, &output) == nil
        {
            return false
        }
        let takesMemory = !command.flags.contains(.immediate) || command.name.span.spells("multi")
        if takesMemory && lacksMemory(for: arguments, holding: own) {
            output.appendOutOfMemory()
            return false
        }
        return true
    }
}

extension RESPCodec {
    /// Writes a request down as a client sends it.
    fileprivate static func encode(_ request: Arguments, into buffer: inout ByteBuffer) {
        buffer.append(star)
        buffer.append(decimal: Int64(request.count))
        buffer.append("\r\n")
        for index in 0..<request.count {
            buffer.append(dollar)
            buffer.append(decimal: Int64(request[index].count))
            buffer.append("\r\n")
            buffer.append(request[index])
            buffer.append("\r\n")
        }
    }

    /// At most how many bytes `encode` appends.
    fileprivate static func encodedCount(_ request: Arguments) -> Int {
        var count = 16
        for index in 0..<request.count { count += request[index].count + 16 }
        return count
    }
}
