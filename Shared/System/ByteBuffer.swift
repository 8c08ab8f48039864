// Bytes between the socket and the protocol: they are appended at the end and consumed from the front.
//
//     | consumed | readable bytes | free |
//     0        reader           writer   capacity
//
// Consuming moves `reader`, and so costs nothing. The room in front of it is reclaimed by moving the readable bytes down,
// but only when fewer are moved than were consumed since the last time: so each byte pays for one move at most. When
// everything has been consumed the memory is given back: ten thousand idle connections hold no buffers.

@preconcurrency @unsafe import Glibc

/// A growing queue of bytes over one allocation, or over none while it is empty.
@safe public struct ByteBuffer: ~Copyable, @unchecked Sendable {
    // A C allocation rather than an Array: realloc moves a large one by remapping its pages instead of copying, and
    // the memory is not filled with zeros before the kernel writes into it.
    private var base: UnsafeMutablePointer<UInt8>?
    private(set) var capacity = 0
    private var reader = 0
    private var writer = 0
    /// What it holds. What it takes is counted, see ClientMemory.
    private let purpose: ClientMemory.Purpose

    /// The first allocation: ordinary requests and replies fit.
    private static let minCapacity = 1024
    /// Above this, a buffer with little left in it moves to a smaller allocation.
    private static let maxSlack = 64 << 10
    /// Up to this capacity, a buffer that is full is doubled, so that one which grows to n bytes has copied no more
    /// than 2n on the way. Above it nothing is copied (`Memory.mappingThreshold`), and it grows by a quarter.
    private static let maxDoubled = 32 << 20

    /// An empty one, which has no memory yet.
    public init() {
        self.init(.requests)
    }

    init(_ purpose: ClientMemory.Purpose) {
        self.purpose = purpose
        unsafe base = nil
    }

    deinit {
        freeAll()
    }

    private func freeAll() {
        if capacity == 0 { return }
        unsafe free(base)
        ClientMemory.note(-capacity, purpose)
    }

    /// How many bytes are readable.
    public var count: Int { writer - reader }
    /// Whether there is nothing to read.
    public var isEmpty: Bool { reader == writer }

    /// How many more fit without moving any.
    var room: Int { capacity - writer }
    /// The readable bytes, and those before them that were consumed.
    var writtenCount: Int { writer }

    /// The readable bytes.
    public var bytes: Span<UInt8> {
        @_lifetime(borrow self)
        get {
            guard let base = unsafe base else { return Span() }
            let span = unsafe Span(_unsafeStart: base + reader, count: writer - reader)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// Removes `count` bytes from the front; there must be that many.
    public mutating func consume(_ count: Int) {
        precondition(count >= 0 && count <= self.count, "more consumed than there was")
        reader += count
        if reader == writer {
            release()
        } else if capacity > Self.maxSlack && self.count <= capacity / 8 {
            shrink()
        }
    }

    private mutating func release() {
        freeAll()
        unsafe base = nil
        capacity = 0
        reader = 0
        writer = 0
    }

    /// Its memory, if it has any.
    var allocation: UnsafeMutableRawPointer? { unsafe base.map { UnsafeMutableRawPointer($0) } }

    /// Gives up its memory, cut off behind the readable bytes, to somebody who frees it. The buffer is empty then.
    mutating func giveUp() -> UnsafeMutableRawPointer {
        guard let base = unsafe base else { preconditionFailure("there is no memory to give up") }
        let given = unsafe realloc(base, writer) ?? UnsafeMutableRawPointer(base)
        ClientMemory.handOver(capacity, purpose)
        unsafe self.base = nil
        (capacity, reader, writer) = (0, 0, 0)
        return unsafe given
    }

    /// Moves the little that is left to a smaller allocation: the first bytes of the next request must not keep alive what
    /// the one before it took, for as long as the client likes. At least seven times as much was consumed before.
    @inline(never)
    private mutating func shrink() {
        let (count, wanted) = (self.count, max(self.count, Self.minCapacity))
        // Without memory for that it stays as it is.
        guard let smaller = unsafe malloc(wanted), let base = unsafe base else { return }
        unsafe memcpy(smaller, base + reader, count)
        unsafe free(base)
        ClientMemory.note(wanted - capacity, purpose)
        unsafe self.base = smaller.assumingMemoryBound(to: UInt8.self)
        capacity = wanted
        reader = 0
        writer = count
    }

    /// Takes bytes off the end again, until `count` are left.
    mutating func truncate(to count: Int) {
        precondition(count >= 0 && count <= self.count, "nothing to cut off")
        writer = reader + count
        if isEmpty { release() }
    }

    /// Makes room for `room` more bytes.
    mutating func reserve(_ room: Int) {
        if capacity - writer >= room { return }
        makeRoom(room)
    }

    @inline(never)
    private mutating func makeRoom(_ room: Int) {
        if let base = unsafe base, reader >= count, capacity - count >= room {
            unsafe memmove(base, base + reader, count)
            writer -= reader
            reader = 0
            return
        }
        let larger = capacity < Self.maxDoubled ? capacity * 2 : capacity + capacity / 4
        let wanted = max(writer + room, larger, Self.minCapacity)
        guard let grown = unsafe realloc(base, wanted) else { Memory.exhausted(wanted, for: "a buffer") }
        unsafe base = grown.assumingMemoryBound(to: UInt8.self)
        ClientMemory.note(wanted - capacity, purpose)
        capacity = wanted
    }

    /// Appends one byte.
    public mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base![writer] = byte
        writer += 1
    }

    /// Appends a copy of `bytes`.
    public mutating func append(_ bytes: Span<UInt8>) {
        if bytes.isEmpty { return }
        let count = bytes.count
        reserve(count)
        unsafe bytes.withUnsafeBufferPointer { source in
            _ = unsafe memcpy(base! + writer, source.baseAddress!, count)
        }
        writer += count
    }

    /// Appends the UTF-8 bytes of a literal.
    public mutating func append(_ text: StaticString) {
        append(unsafe Span(_unsafeStart: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Appends the UTF-8 bytes of `text`.
    public mutating func append(text: String) {
        for byte in text.utf8 { append(byte) }
    }

    /// Appends what a C function puts into the free memory that `fill` is given. `fill` returns how many bytes that were;
    /// a negative number is an error and appends nothing.
    ///
    /// - Returns: what `fill` returned.
    @inline(__always)
    mutating func append(
        atMost room: Int, _ fill: (_ start: UnsafeMutablePointer<UInt8>, _ room: Int) -> Int
    ) -> Int {
        reserve(room)
        let count = unsafe fill(base! + writer, room)
        precondition(count <= room, "wrote past the room it was given")
        writer += max(count, 0)
        // What was reserved in vain, for a read that brought nothing, is not kept.
        if isEmpty { release() }
        return count
    }

    /// Appends what `fill` appends to a span that has room for `room` bytes: room is made, and looked for, once for all.
    @inline(__always)
    mutating func append(atMost room: Int, _ fill: (inout OutputSpan<UInt8>) -> Void) {
        reserve(room)
        let free = unsafe UnsafeMutableBufferPointer(start: base! + writer, count: room)
        var output = unsafe OutputSpan(buffer: free, initializedCount: 0)
        fill(&output)
        writer += unsafe output.finalize(for: free)
    }

    /// Replaces the four bytes at `index` (counted from the first readable byte) by `value`, little-endian.
    mutating func replaceUInt32(at index: Int, with value: UInt32) {
        precondition(index >= 0 && index + 4 <= count, "outside the readable bytes")
        let target = unsafe UnsafeMutableRawPointer(base! + reader + index)
        unsafe target.storeBytes(of: value.littleEndian, as: UInt32.self)
    }

    /// Lends the readable bytes to a C function.
    @inline(__always)
    func withUnsafeReadableBytes(_ body: (_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int) -> Int {
        unsafe body(base.map { unsafe UnsafePointer($0 + reader) }, count)
    }
}
