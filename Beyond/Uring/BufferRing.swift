// Memory to receive into, lent to the kernel: a connection on which nothing arrives holds none.
//
// With readiness, a buffer is chosen when there is something to read. With completion, a receive is in flight on every
// connection all the time, and with a buffer each, ten thousand silent clients would hold ten thousand. So the buffers
// are put into one more ring. When bytes arrive, the kernel takes the next one, and the completion tells its number.
//
//     head ──▶ [buffer 7][buffer 2][buffer 5] ◀── tail      we write entries and `tail`; `head` is the kernel's secret
//
// A buffer that is held is missing for all others: so its bytes are copied out and it is given back at once. When none
// is left, the receive ends with ENOBUFS; its bytes wait in the socket, and nothing is lost.

import CLinux
@preconcurrency @unsafe import Glibc
import Shared

/// Buffers that receives take from, and that are given back.
@safe struct BufferRing: ~Copyable {
    /// The number by which an operation names these buffers; there could be several such rings.
    static let group: UInt16 = 0
    /// Of one buffer. What a client sends at once usually fits; what does not fit takes several.
    private static let size = 4096

    private let ring: Mapping
    private let memory: Mapping
    private let mask: Int
    /// Counts up for ever, as in all rings; the place is `tail & mask`. Only we write it.
    private var tail: UInt16 = 0

    /// Makes `count` buffers, rounded up to a power of two, and lends all of them to a ring.
    /// The corresponding system call is `io_uring_register`.
    init(_ count: Int, for descriptor: borrowing FileDescriptor) throws(SystemCallError) {
        let count = count <= 1 ? 1 : 1 << (Int.bitWidth - (count - 1).leadingZeroBitCount)
        let ring = try Mapping(count: count * MemoryLayout<io_uring_buf>.stride)
        let memory = try Mapping(count: count * Self.size)
        var registration = io_uring_buf_reg()
        registration.ring_addr = UInt64(UInt(bitPattern: unsafe ring.start))
        registration.ring_entries = UInt32(count)
        registration.bgid = Self.group
        guard unsafe io_uring_register(descriptor.rawValue, IORING_REGISTER_PBUF_RING, &registration, 1) == 0 else {
            throw SystemCallError("io_uring_register", remedy: RingMemory.remedy(for: errno))
        }
        self.ring = ring
        self.memory = memory
        mask = count - 1
        for number in 0..<count { giveBack(UInt16(number)) }
    }

    /// Appends what a receive has put into a buffer to `bytes`, and gives the buffer back.
    mutating func move(_ count: Int, from number: UInt16, to bytes: inout ByteBuffer) {
        // That it is one of ours and no longer than that is the kernel's word.
        precondition(Int(number) <= mask && count <= Self.size, "no buffer of this ring")
        let start = unsafe (memory.start + Int(number) * Self.size).assumingMemoryBound(to: UInt8.self)
        bytes.append(unsafe Span(_unsafeStart: start, count: count))
        giveBack(number)
    }

    /// Lends a buffer to the kernel: from now on it may be written into at any moment.
    mutating func giveBack(_ number: UInt16) {
        let entry = unsafe ring.start.assumingMemoryBound(to: io_uring_buf.self) + (Int(tail) & mask)
        // Field by field: the last two bytes of the first entry are the tail, which the kernel is reading.
        unsafe entry.pointee.addr = UInt64(UInt(bitPattern: memory.start + Int(number) * Self.size))
        unsafe entry.pointee.len = UInt32(Self.size)
        unsafe entry.pointee.bid = number
        tail &+= 1
        // Release: who sees the new tail sees the entry before it.
        let place = unsafe (ring.start + Int(URING_BUFFER_TAIL_OFFSET)).assumingMemoryBound(to: UInt16.self)
        unsafe store_release16(place, tail)
    }
}
