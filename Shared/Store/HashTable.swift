// The table behind the store: linear hashing (Litwin, 1980), with chains.
//
// An ordinary table doubles when it is full, and moves every key at once: one client waits for all of it. This one
// grows by a bucket at a time. With n buckets in use and L the largest power of two that is at most n, buckets
// 0 ..< n - L have already been split in two; a hash is looked up modulo 2L, or modulo L where that bucket does not
// exist yet. So an insertion splits two buckets at most, the table never stops for anybody, and it takes memory for
// the keys it has and no second table meanwhile. When keys go, buckets are merged again, a few at each removal.
//
// The standard Dictionary keeps keys and values in arrays of their own: a look-up follows three pointers to memory
// that is not in the cache, and its growth stalls. NOTES.md has the figures.

import CLinux
@preconcurrency @unsafe import Glibc

/// One key and its value: a header, then the key's bytes, then the value's, in one allocation, so that a look-up
/// finds all of it in one or two cache lines.
@safe struct Entry: @unchecked Sendable {
    struct Header {
        var next: Entry?
        /// The lower half of the key's hash: enough to find the bucket, and to tell most other keys apart.
        var hash: UInt32
        var keyCount: UInt32
        /// Or `LongValue.mark`.
        var valueCount: UInt32
        /// Where its deadline is in the store's list, or `noDeadline`.
        var deadline: UInt32
    }

    static let noDeadline = UInt32.max
    static let headerSize = MemoryLayout<Header>.size

    let start: UnsafeMutableRawPointer

    fileprivate init(start: UnsafeMutableRawPointer) {
        unsafe self.start = start
    }

    var header: Header {
        @inline(__always)
        get { unsafe start.assumingMemoryBound(to: Header.self).pointee }
        @inline(__always)
        nonmutating _modify { yield unsafe &start.assumingMemoryBound(to: Header.self).pointee }
    }

    var key: Span<UInt8> {
        @_lifetime(borrow self) get { span(at: Self.headerSize, count: Int(header.keyCount)) }
    }

    var value: Span<UInt8> {
        @_lifetime(borrow self) get {
            if isLong { return longBytes }
            return span(at: prefixSize, count: Int(header.valueCount))
        }
    }

    /// What stands before the value.
    var prefixSize: Int { Self.headerSize + Int(header.keyCount) }

    /// The bytes the allocator set aside, its own bookkeeping included.
    var allocatedBytes: Int { unsafe malloc_usable_size(start) + 8 + (isLong ? longValue.allocatedBytes : 0) }

    /// How long a value can become without moving. Beside a long one there is room for none.
    var valueCapacity: Int { isLong ? -1 : unsafe malloc_usable_size(start) - prefixSize }

    @inline(__always)
    fileprivate func free() {
        if isLong { freeLongValue() }
        unsafe Glibc.free(start)
    }

    @_lifetime(borrow self)
    private func span(at offset: Int, count: Int) -> Span<UInt8> {
        let bytes = unsafe (start + offset).assumingMemoryBound(to: UInt8.self)
        return unsafe _overrideLifetime(Span(_unsafeStart: bytes, count: count), borrowing: self)
    }

    /// Overwrites the value from `offset` on; the room must be there.
    func replaceValue(from offset: Int, with bytes: Span<UInt8>) {
        precondition(offset + bytes.count <= valueCapacity, "the value needs a larger entry")
        let target = unsafe start + prefixSize + offset
        unsafe bytes.withUnsafeBufferPointer { source in
            if let first = source.baseAddress { unsafe memcpy(target, first, bytes.count) }
        }
        header.valueCount = UInt32(offset + bytes.count)
    }
}

/// Keys and values by hash. It knows nothing of time.
@safe struct HashTable: ~Copyable, @unchecked Sendable {
    /// Buckets live in segments that never move; the directory of their addresses is small and stays in the cache.
    private static let segmentBits = 12
    private static let segmentSize = 1 << segmentBits
    private typealias Segment = UnsafeMutablePointer<Entry?>

    private var segments: [Segment] = unsafe []
    private(set) var bucketCount = 0
    private(set) var count = 0
    /// What all entries and segments take, in bytes.
    var allocatedBytes = 0
    /// See LongValues.
    var loan: Loan?

    init() {
        addSegment()
        bucketCount = 1
    }

    deinit {
        freeAll()
    }

    private func freeAll() {
        for bucket in 0..<bucketCount {
            var entry = unsafe link(bucket).pointee
            while let doomed = entry {
                entry = doomed.header.next
                doomed.free()
            }
        }
        for index in unsafe segments.indices { unsafe free(segments[index]) }
    }

    /// How many buckets are emptied between two pauses, and how long a pause is, in microseconds.
    private static let bucketsPerPause = 512
    private static let pauseLength: useconds_t = 100

    /// Frees all entries in the background, on behalf of nobody: with pauses, because the allocator's lock is not fair, and
    /// would let nobody else in for seconds.
    mutating func freeEntriesSlowly() {
        for bucket in 0..<bucketCount {
            var entry = unsafe link(bucket).pointee
            unsafe link(bucket).pointee = nil
            while let doomed = entry {
                entry = doomed.header.next
                doomed.free()
            }
            if bucket % Self.bucketsPerPause == 0 { _ = usleep(Self.pauseLength) }
        }
    }

    /// Removes everything.
    mutating func removeAll() {
        freeAll()
        unsafe segments.removeAll()
        self.count = 0
        allocatedBytes = 0
        addSegment()
        bucketCount = 1
    }

    private mutating func addSegment() {
        let size = Self.segmentSize * MemoryLayout<Entry?>.stride
        guard let memory = unsafe calloc(1, size) else { Memory.exhausted(size, for: "more keys") }
        unsafe segments.append(memory.assumingMemoryBound(to: Entry?.self))
        allocatedBytes += size
    }

    private mutating func removeSegment() {
        unsafe free(segments.removeLast())
        allocatedBytes -= Self.segmentSize * MemoryLayout<Entry?>.stride
    }

    @inline(__always)
    private func link(_ bucket: Int) -> UnsafeMutablePointer<Entry?> {
        unsafe segments[bucket >> Self.segmentBits] + (bucket & (Self.segmentSize - 1))
    }

    /// The bucket for `hash`: see the top of this file.
    @inline(__always)
    private func bucket(for hash: UInt32) -> Int {
        let double = 1 << (Int.bitWidth - bucketCount.leadingZeroBitCount)
        let bucket = Int(hash) & (double - 1)
        return bucket < bucketCount ? bucket : bucket & (double / 2 - 1)
    }

    // What a look-up of `hash` needs from memory comes in three steps, and each says where the next one is: the bucket,
    // its first entry, and, for one key in four, the entry behind that. These functions start loading it, and do not
    // wait. Called for many keys, one step after the other, they make the keys wait together instead of in turn.

    @inline(__always)
    func prefetchBucket(_ hash: UInt64) {
        unsafe prefetch(link(bucket(for: UInt32(truncatingIfNeeded: hash))))
    }

    @inline(__always)
    func prefetchEntry(_ hash: UInt64) {
        if let entry = unsafe link(bucket(for: UInt32(truncatingIfNeeded: hash))).pointee {
            unsafe prefetch(entry.start)
        }
    }

    @inline(__always)
    func prefetchNextEntry(_ hash: UInt64) {
        let hash = UInt32(truncatingIfNeeded: hash)
        if let entry = unsafe link(bucket(for: hash)).pointee, entry.header.hash != hash,
            let next = entry.header.next
        {
            unsafe prefetch(next.start)
        }
    }

    /// Finds the entry of `key`.
    @inline(__always)
    func find(_ key: Span<UInt8>, hash: UInt64) -> Entry? {
        let hash = UInt32(truncatingIfNeeded: hash)
        var entry = unsafe link(bucket(for: hash)).pointee
        while let candidate = entry {
            if candidate.header.hash == hash && key.hasSameBytes(as: candidate.key) { return candidate }
            entry = candidate.header.next
        }
        return nil
    }

    /// Adds a key that is not in the table.
    mutating func insert(_ key: Span<UInt8>, hash: UInt64, value: Span<UInt8>) -> Entry {
        growIfNeeded()
        let hash = UInt32(truncatingIfNeeded: hash)
        let size = Entry.headerSize + key.count + value.count
        guard let start = unsafe malloc(size) else { Memory.exhausted(size, for: "a key") }
        let entry = unsafe Entry(start: start)
        let link = unsafe link(bucket(for: hash))
        unsafe start.initializeMemory(
            as: Entry.Header.self,
            to: Entry.Header(
                next: link.pointee, hash: hash, keyCount: UInt32(key.count), valueCount: 0,
                deadline: Entry.noDeadline))
        unsafe key.withUnsafeBufferPointer { source in
            if let first = source.baseAddress {
                unsafe memcpy(start + Entry.headerSize, first, key.count)
            }
        }
        entry.replaceValue(from: 0, with: value)
        unsafe link.pointee = entry
        count += 1
        allocatedBytes += entry.allocatedBytes
        return entry
    }

    /// Makes room for a value of `valueCount` bytes. The entry may move: use the one returned.
    ///
    /// - Parameter keepingValue: false when the value is about to be overwritten, and need not be copied.
    mutating func resize(_ entry: Entry, valueCount: Int, keepingValue: Bool) -> Entry {
        let link = unsafe link(to: entry)
        allocatedBytes -= entry.allocatedBytes
        let (prefix, moves) = (entry.prefixSize, keepingValue && !entry.isLong)
        let size = prefix + valueCount
        guard let start = unsafe moves ? realloc(entry.start, size) : malloc(size) else {
            Memory.exhausted(size, for: "a value")
        }
        let moved = unsafe Entry(start: start)
        if !moves {
            unsafe memcpy(start, entry.start, prefix)
            moved.header.valueCount = 0
            if keepingValue { moved.replaceValue(from: 0, with: entry.value) }
            entry.free()
        }
        unsafe link.pointee = moved
        allocatedBytes += moved.allocatedBytes
        return moved
    }

    /// Removes an entry that is in the table.
    mutating func remove(_ entry: Entry) {
        unsafe link(to: entry).pointee = entry.header.next
        count -= 1
        allocatedBytes -= entry.allocatedBytes
        entry.free()
        shrinkIfNeeded()
    }

    /// The place that holds the address of `entry`: its bucket, or the `next` of the entry before it.
    private func link(to entry: Entry) -> UnsafeMutablePointer<Entry?> {
        var link = unsafe link(bucket(for: entry.header.hash))
        while let candidate = unsafe link.pointee, unsafe candidate.start != entry.start {
            unsafe link = candidate.nextLink
        }
        return unsafe link
    }

    /// Keeps two buckets for each key, so that few keys share one: each further key in a chain is one more wait for
    /// memory, and a bucket is only 8 bytes.
    private mutating func growIfNeeded() {
        for _ in 0..<2 where bucketCount < 2 * count && bucketCount < Int(UInt32.max) { splitBucket() }
    }

    /// Gives back what removed keys leave behind, but lets there be twice as many buckets as it would make: otherwise
    /// keys that come and go would split and merge them all the time. One key fewer, up to four buckets fewer.
    private mutating func shrinkIfNeeded() {
        for _ in 0..<4 where bucketCount > 4 * count && bucketCount > 1 { mergeBucket() }
    }

    /// The bucket that was split, or is to be split, to make `newBucket`.
    private func elder(of newBucket: Int) -> Int {
        newBucket & ~(1 << (Int.bitWidth - 1 - newBucket.leadingZeroBitCount))
    }

    /// Takes the last bucket away, and moves its entries back to its elder half.
    private mutating func mergeBucket() {
        bucketCount -= 1
        let (last, elder) = unsafe (link(bucketCount), link(elder(of: bucketCount)))
        var end = unsafe last
        while let entry = unsafe end.pointee { unsafe end = entry.nextLink }
        unsafe end.pointee = elder.pointee
        unsafe elder.pointee = last.pointee
        unsafe last.pointee = nil
        if bucketCount == Self.segmentSize * (unsafe segments.count - 1) { removeSegment() }
    }

    /// Adds one bucket, and moves to it those entries of its elder half that belong there now.
    private mutating func splitBucket() {
        let elder = elder(of: bucketCount)
        if bucketCount == Self.segmentSize * (unsafe segments.count) { addSegment() }
        bucketCount += 1
        let newBucket = bucketCount - 1
        var link = unsafe link(elder)
        while let entry = unsafe link.pointee {
            if bucket(for: entry.header.hash) == newBucket {
                unsafe link.pointee = entry.header.next
                entry.header.next = unsafe self.link(newBucket).pointee
                unsafe self.link(newBucket).pointee = entry
            } else {
                unsafe link = entry.nextLink
            }
        }
    }
}

extension HashTable {
    // All keys, a few at a time, while others come and go between two steps, and buckets are split and merged: each key
    // that is there all the time must be seen. For that the keys are seen in the order of their hashes, but of the hashes
    // written backwards, the lowest bit first. A bucket holds the hashes that end in certain bits; written backwards they
    // *begin* with these, and so are a stretch of that order without a gap:
    //
    //     hash, backwards    000    001    010    011    100    101    110    111
    //     4 buckets          |---- 0 ----| |---- 2 ----| |---- 1 ----| |---- 3 ----|
    //     bucket 4 is new    | 0  | |  4 | |---- 2 ----| |---- 1 ----| |---- 3 ----|
    //
    // A split cuts a stretch in two and a merge puts two together, but no key ever moves in the order. So a position in it
    // says what has been seen: all that is before it. If that is in the middle of a bucket by now, the rest of the bucket
    // is still to be seen. (Redis counts backwards, too, but over whole buckets of a table that doubles, and may show a key
    // twice. Here none is.)

    /// Calls `body` with the entries of one bucket that are at `position` or behind it. `body` must change nothing.
    ///
    /// - Returns: the position behind them; 0 after the last.
    func visit(from position: UInt32, _ body: (Entry) -> Void) -> UInt32 {
        let bucket = bucket(for: position.bitsReversed)
        var entry = unsafe link(bucket).pointee
        while let visited = entry {
            if visited.header.hash.bitsReversed >= position { body(visited) }
            entry = visited.header.next
        }
        // One that is split, or was split off, has half the hashes of one that is not.
        let double = 1 << (Int.bitWidth - bucketCount.leadingZeroBitCount)
        let isHalf = bucket >= double / 2 || bucket + double / 2 < bucketCount
        let stretch = (1 << UInt32.bitWidth) / (isHalf ? double : double / 2)
        return UInt32(truncatingIfNeeded: Int(UInt32(bucket).bitsReversed) + stretch)
    }
}

extension UInt32 {
    /// The same bits, the lowest first.
    var bitsReversed: UInt32 {
        var bits = self
        bits = bits >> 1 & 0x5555_5555 | (bits & 0x5555_5555) << 1
        bits = bits >> 2 & 0x3333_3333 | (bits & 0x3333_3333) << 2
        bits = bits >> 4 & 0x0F0F_0F0F | (bits & 0x0F0F_0F0F) << 4
        return bits.byteSwapped
    }
}

extension Entry {
    fileprivate var nextLink: UnsafeMutablePointer<Entry?> {
        // `next` is the header's first field.
        unsafe start.assumingMemoryBound(to: Entry?.self)
    }
}

extension Span<UInt8> {
    /// Whether both hold the same bytes.
    @inline(__always)
    func hasSameBytes(as other: Span<UInt8>) -> Bool {
        if count != other.count { return false }
        if isEmpty { return true }
        return unsafe withUnsafeBufferPointer { mine in
            unsafe other.withUnsafeBufferPointer { unsafe memcmp(mine.baseAddress!, $0.baseAddress!, count) == 0 }
        }
    }
}
