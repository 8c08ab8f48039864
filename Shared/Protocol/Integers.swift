// Decimal numbers as bytes, without a detour through String.

@preconcurrency @unsafe import Glibc

extension Int64 {
    /// The number that `digits` spell: an optional minus, then digits without leading zeros, within 64 bits.
    /// Nil for anything else, `-0`, `+1`, ` 1` and the empty string included. The rule is Redis's `string2ll`.
    init?(decimal digits: Span<UInt8>) {
        guard digits.count > 0 && digits.count <= 20 else { return nil }
        let isNegative = digits[0] == UInt8(ascii: "-")
        let first = isNegative ? 1 : 0
        guard first < digits.count else { return nil }
        if digits[first] == UInt8(ascii: "0") {
            guard digits.count == 1 else { return nil }
            self = 0
            return
        }
        // Counted below zero, where there is room for one more than above it.
        var value: Int64 = 0
        for index in first..<digits.count {
            let digit = digits[index] &- UInt8(ascii: "0")
            guard digit < 10 else { return nil }
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (difference, underflow) = product.subtractingReportingOverflow(Int64(digit))
            if overflow || underflow { return nil }
            value = difference
        }
        if !isNegative {
            guard value != .min else { return nil }
            value = -value
        }
        self = value
    }

    /// Calls `body` with the digits.
    @inline(__always)
    func withDecimal<Result>(_ body: (Span<UInt8>) -> Result) -> Result {
        var digits = InlineArray<20, UInt8>(repeating: UInt8(ascii: "0"))
        var start = digits.count
        var rest = magnitude
        repeat {
            start -= 1
            digits[start] = UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        } while rest > 0
        if self < 0 {
            start -= 1
            digits[start] = UInt8(ascii: "-")
        }
        return body(digits.span.extracting(start..<digits.count))
    }
}

extension OutputSpan<UInt8> {
    /// Appends a carriage return and a newline.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func appendLineEnd() {
        append(UInt8(ascii: "\r"))
        append(UInt8(ascii: "\n"))
    }

    /// Appends a count in decimal.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func append(decimal count: Int) {
        if count < 10 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: count))
        } else {
            Int64(count).withDecimal { append($0) }
        }
    }

    /// Appends a copy of `bytes`: a few one by one, which costs less than a call of `memcpy`.
    @inline(__always)
    @_lifetime(self: copy self)
    mutating func append(_ bytes: Span<UInt8>) {
        if bytes.count < 16 {
            for index in bytes.indices { append(bytes[index]) }
        } else {
            unsafe withUnsafeMutableBufferPointer { target, count in
                unsafe bytes.withUnsafeBufferPointer { source in
                    _ = unsafe memcpy(target.baseAddress! + count, source.baseAddress!, source.count)
                }
                count += bytes.count
            }
        }
    }
}

extension ByteBuffer {
    /// Appends `value` in decimal.
    mutating func append(decimal value: Int64) {
        if value >= 0 && value < 10 {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: value))
        } else {
            value.withDecimal { append($0) }
        }
    }
}
