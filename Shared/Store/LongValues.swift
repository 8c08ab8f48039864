// A long value is not copied into the table: it stays where it has arrived, and the buffer that its request was read into
// becomes the entry's own. The kernel's copy is then the only one, as it is in Redis.
//
//     buffer     *3\r\n$3\r\nSET\r\n$1\r\nk\r\n$100000\r\n | the value | \r\n
//                ^ allocation                               ^ + offset
//     entry      header | k | allocation, offset, count
//
// While the command is executed the buffer is still the request's, whose arguments lie in it. So it is lent to the table
// first, and handed over afterwards, if the command has stored a value that lies in it.

import CLinux
@preconcurrency @unsafe import Glibc

/// Where a long value is: behind the key in its entry, where another value would be.
@safe struct LongValue {
    /// What `free` ends.
    var allocation: UnsafeMutableRawPointer
    var offset: UInt32
    var count: UInt32

    /// From this size on, in bytes. Redis draws the line at the same place (PROTO_MBULK_BIG_ARG).
    static let minCount = 32 << 10
    /// In an entry's header, instead of the length of the value.
    static let mark = UInt32.max
    static let size = MemoryLayout<LongValue>.size

    var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: allocation + Int(offset), count: Int(count))
    }

    var allocatedBytes: Int { unsafe malloc_usable_size(allocation) + 8 }
}

/// The buffer of the request that is being executed, and the entry whose value is to stay in it.
@safe struct Loan {
    var start: UnsafeMutableRawPointer
    var count: Int
    var borrower: Entry?
}

extension Entry {
    var isLong: Bool {
        @inline(__always) get { header.valueCount == LongValue.mark }
    }

    /// What stands in the place of a long value.
    var longValue: LongValue {
        precondition(isLong, "the value is in the entry itself")
        // Keys are of any length, so it may lie at any address.
        return unsafe start.loadUnaligned(fromByteOffset: prefixSize, as: LongValue.self)
    }

    var longBytes: Span<UInt8> {
        @_lifetime(borrow self)
        @inline(never)
        get { unsafe _overrideLifetime(Span(_unsafeBytes: longValue.bytes), borrowing: self) }
    }

    @inline(never)
    func freeLongValue() {
        unsafe free(longValue.allocation)
    }

    fileprivate func setLongValue(_ value: LongValue) {
        unsafe Swift.withUnsafeBytes(of: value) { bytes in
            unsafe (start + prefixSize).copyMemory(from: bytes.baseAddress!, byteCount: bytes.count)
        }
        header.valueCount = LongValue.mark
    }
}

extension HashTable {
    /// Lends the table the buffer of a request that has it to itself.
    mutating func lend(_ buffer: borrowing ByteBuffer) {
        let count = buffer.writtenCount
        unsafe loan = buffer.allocation.map { unsafe Loan(start: $0, count: count) }
    }

    /// Gives `entry`, which has room for `LongValue.size`, a value in the lent buffer.
    mutating func keep(_ value: Span<UInt8>, in entry: Entry) {
        guard let loan else { preconditionFailure("no buffer was lent") }
        let offset = unsafe value.withUnsafeBytes { unsafe $0.baseAddress! - UnsafeRawPointer(loan.start) }
        precondition(offset >= 0 && offset + value.count <= loan.count, "the value lies elsewhere")
        unsafe entry.setLongValue(
            LongValue(allocation: loan.start, offset: UInt32(offset), count: UInt32(value.count)))
        self.loan?.borrower = entry
    }

    /// Hands the lent buffer over, where a value stays in it.
    ///
    /// - Returns: whether that was so. The buffer is empty then.
    mutating func endLoan(of buffer: inout ByteBuffer) -> Bool {
        let borrower = loan?.borrower
        loan = nil
        guard let borrower else { return false }
        var value = borrower.longValue
        unsafe value.allocation = buffer.giveUp()
        borrower.setLongValue(value)
        allocatedBytes += value.allocatedBytes
        return true
    }
}
