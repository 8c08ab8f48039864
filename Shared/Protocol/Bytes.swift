// Small questions about bytes that several layers ask.

extension UInt8 {
    /// Whether a line of RESP could end here.
    var isLineBreak: Bool { self == UInt8(ascii: "\r") || self == UInt8(ascii: "\n") }
}

extension Span<UInt8> {
    /// The same bytes in an array.
    var copy: [UInt8] {
        var copy: [UInt8] = []
        copy.reserveCapacity(count)
        for index in indices { copy.append(self[index]) }
        return copy
    }
}
