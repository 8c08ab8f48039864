// The error replies that several commands share. The texts are Redis's.

extension ReplyBuffer {
    mutating func appendNotAnInteger() {
        appendError("ERR value is not an integer or out of range")
    }

    mutating func appendSyntaxError() {
        appendError("ERR syntax error")
    }

    mutating func appendWrongNumberOfArguments(_ name: StaticString) {
        appendError {
            // Whatever is wrong with EXEC itself ends the transaction, even where there is none.
            $0.append(name.span.spells("exec") ? Transaction.aborted : "ERR ")
            $0.append("wrong number of arguments for '")
            $0.append(name)
            $0.append("' command")
        }
    }

    mutating func appendOutOfMemory() {
        appendError { $0.append(Self.outOfMemory) }
    }

    static let outOfMemory: StaticString = "OOM command not allowed when used memory > 'maxmemory'."

    /// The most bytes of a client's own words that an error gives back to it, as in Redis.
    static let maxQuotation = 128

    /// Names the command and as many of its arguments as fit into `maxQuotation`.
    mutating func appendUnknownCommand(_ arguments: Arguments) {
        appendError { text in
            text.append("ERR unknown command '")
            text.append(foreign: arguments[0], atMost: Self.maxQuotation)
            text.append("', with args beginning with: ")
            var length = 0
            for index in 1..<max(1, arguments.count) where length < Self.maxQuotation {
                text.append("'")
                length += text.append(foreign: arguments[index], atMost: Self.maxQuotation - length) + 3
                text.append("' ")
            }
        }
    }
}

extension ByteBuffer {
    /// Appends a client's bytes to an error text: cut at `limit` or at a zero byte, as C would, and without line
    /// breaks, which would end the reply and let a client forge the next one.
    ///
    /// - Returns: how many were appended.
    @discardableResult
    mutating func append(foreign bytes: Span<UInt8>, atMost limit: Int) -> Int {
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if byte == 0 || index == limit { return index }
            append(byte.isLineBreak ? UInt8(ascii: " ") : byte)
        }
        return bytes.count
    }
}
