// Keys, their values, and the times at which keys expire. It knows nothing of commands or clients.

@preconcurrency @unsafe import Glibc

/// Keys and values with expiry.
struct Keyspace: ~Copyable, Sendable {
    /// The time that decides which keys have expired, in milliseconds since 1970.
    var now: Int64
    private var table = HashTable()
    private let hashFunction = SipHash()

    /// Every key that expires, with its time: an array beside the table, so that looking for expired keys reads
    /// memory in order and touches no key that does not expire.
    private var deadlines: [Deadline] = []
    private struct Deadline {
        var time: Int64
        var entry: Entry
    }
    /// Where the next round of expiry starts, and when.
    private var cursor = 0
    private var nextRound: Int64 = 0

    /// The most keys removed in one round: a bound on how long everybody waits for it (about 0.1 ms).
    private static let maxRemoved = 400
    /// The most deadlines looked at in one round. Most looks cost a nanosecond or two, as they stand in a row in
    /// memory; with ten rounds a second, a million deadlines have all been looked at after six seconds.
    private static let maxLooks = 16_384
    /// The rest between two rounds that found little, in milliseconds.
    private static let roundInterval: Int64 = 100

    /// The most memory there was in use since some was last given back.
    private var peakMemory = 0
    /// Up to so many keys, a table is freed at once.
    private static let maxFreedAtOnce = 10_000

    init(now: Int64) {
        self.now = now
    }

    /// Keys, including those that have expired but have not been found yet.
    var count: Int { table.count }
    /// Keys that have a time to live.
    var expiringCount: Int { deadlines.count }
    /// What keys, values and the table take, in bytes.
    var usedMemory: Int { table.allocatedBytes + deadlines.capacity * MemoryLayout<Deadline>.stride }
    // MARK: Time

    /// Sets the time, and removes some of the keys that have expired (bounded, at most one round).
    mutating func advance(to now: Int64) {
        self.now = now
        // If somebody has set the clock back, the next round must not wait until it is that late again.
        nextRound = min(nextRound, now + Self.roundInterval)
        if deadlines.isEmpty || now < nextRound { return }
        expireSome()
    }

    /// How long the next call of `advance` can wait, in milliseconds; nil while no key expires.
    var timeToNextRound: Int64? {
        deadlines.isEmpty ? nil : max(0, nextRound - now)
    }

    /// Expired keys are removed when somebody asks for them. Those nobody asks for are found here: look at one deadline
    /// after the other; where so many had passed that there was no time to look further, come back at once, else after
    /// a rest.
    private mutating func expireSome() {
        var removed = 0
        for _ in 0..<min(Self.maxLooks, deadlines.count) {
            if removed == Self.maxRemoved { break }
            if cursor >= deadlines.count { cursor = 0 }
            if deadlines[cursor].time < now {
                // The last deadline moves to the cursor's place, and is looked at next.
                remove(deadlines[cursor].entry)
                removed += 1
            } else {
                cursor += 1
            }
        }
        nextRound = removed == Self.maxRemoved ? now : now + Self.roundInterval
    }

    // MARK: Keys

    /// Clients choose the keys, so the hash has a key of its own, chosen when the store was made.
    @inline(__always)
    func hash(_ key: Span<UInt8>) -> UInt64 {
        hashFunction.hash(key)
    }

    /// The three steps of loading into the cache what a look-up of `hash` will read: each finds where the next one is.
    @inline(__always) func prefetchBucket(_ hash: UInt64) { table.prefetchBucket(hash) }
    @inline(__always) func prefetchEntry(_ hash: UInt64) { table.prefetchEntry(hash) }
    @inline(__always) func prefetchNextEntry(_ hash: UInt64) { table.prefetchNextEntry(hash) }

    /// The entry of `key`, if it has one that has not expired.
    @inline(__always)
    mutating func find(_ key: Span<UInt8>, hash: UInt64) -> Entry? {
        guard let entry = table.find(key, hash: hash) else { return nil }
        if entry.header.deadline != Entry.noDeadline && isExpired(entry) {
            remove(entry)
            return nil
        }
        return entry
    }

    mutating func find(_ key: Span<UInt8>) -> Entry? {
        find(key, hash: hash(key))
    }

    /// Goes through all keys, a bucket at a time; see HashTable. Those that have expired are among them.
    func visit(from position: UInt32, _ body: (Entry) -> Void) -> UInt32 {
        table.visit(from: position, body)
    }

    /// Whether the key has expired, and was not found out yet.
    func hasExpired(_ entry: Entry) -> Bool {
        entry.header.deadline != Entry.noDeadline && isExpired(entry)
    }

    /// Up to this many bytes, it is not worth making an entry smaller.
    private static let minShrinkableCapacity = 64
    /// The most spare room that a growing value is given, in bytes.
    private static let maxSpareRoom = 1 << 20

    /// Gives `key` a value. It keeps its time to live if asked to.
    ///
    /// - Parameter entry: what `find` returned for the key.
    @inline(__always)
    mutating func set(
        _ key: Span<UInt8>, hash: UInt64, at entry: Entry?, to value: Span<UInt8>, keepingDeadline: Bool = false
    ) -> Entry {
        // What lies before it in the buffer stays as well, so that must be little.
        if value.count >= LongValue.minCount && table.loan != nil && key.count <= value.count / 8 {
            return keep(value, of: key, hash: hash, at: entry, keepingDeadline)
        }
        guard var entry else { return table.insert(key, hash: hash, value: value) }
        if !keepingDeadline { removeDeadline(entry) }
        let capacity = entry.valueCapacity
        // Kept where it is if it fits, and would not leave more than half of a large entry unused.
        if value.count > capacity || (capacity > Self.minShrinkableCapacity && value.count < capacity / 2) {
            entry = resize(entry, valueCount: value.count, keepingValue: false)
        }
        entry.replaceValue(from: 0, with: value)
        return entry
    }

    /// The same for a long value, which stays where it is: in the buffer that is lent.
    @inline(never)
    private mutating func keep(
        _ value: Span<UInt8>, of key: Span<UInt8>, hash: UInt64, at entry: Entry?, _ keepingDeadline: Bool
    ) -> Entry {
        let place = entry ?? table.insert(key, hash: hash, value: Span())
        if !keepingDeadline { removeDeadline(place) }
        let moved = resize(place, valueCount: LongValue.size, keepingValue: false)
        table.keep(value, in: moved)
        return moved
    }

    /// Lends the buffer of a request that has it to itself, and that sets one value at most. While the request is executed,
    /// a long value may be left in it.
    mutating func lend(_ buffer: borrowing ByteBuffer) { table.lend(buffer) }

    /// Hands the buffer over if a value was left in it, and says whether that is so.
    mutating func endLoan(of buffer: inout ByteBuffer) -> Bool { table.endLoan(of: &buffer) }

    /// Appends to a value. It is given room to grow by as much again (up to `maxSpareRoom`), so that a value which is built
    /// from small pieces is not copied for each.
    mutating func append(_ bytes: Span<UInt8>, to entry: Entry) -> Entry {
        var entry = entry
        let count = entry.value.count + bytes.count
        if count > entry.valueCapacity {
            entry = resize(entry, valueCount: count + min(count, Self.maxSpareRoom), keepingValue: true)
        }
        entry.replaceValue(from: count - bytes.count, with: bytes)
        return entry
    }

    private mutating func resize(_ entry: Entry, valueCount: Int, keepingValue: Bool) -> Entry {
        peakMemory = max(peakMemory, usedMemory)
        let moved = table.resize(entry, valueCount: valueCount, keepingValue: keepingValue)
        giveBackWhatIsFree()
        if moved.header.deadline != Entry.noDeadline {
            deadlines[Int(moved.header.deadline)].entry = moved
        }
        return moved
    }

    mutating func remove(_ entry: Entry) {
        peakMemory = max(peakMemory, usedMemory)
        removeDeadline(entry)
        table.remove(entry)
        giveBackWhatIsFree()
    }

    /// Removes everything. To free millions of keys takes seconds, so a thread does it: they are nobody else's any
    /// more.
    mutating func removeAll() {
        peakMemory = max(peakMemory, usedMemory)
        deadlines = []
        if count <= Self.maxFreedAtOnce {
            table.removeAll()
            return giveBackWhatIsFree()
        }
        var doomed = HashTable()
        swap(&table, &doomed)
        peakMemory = 0
        // Without a thread they are freed here.
        _ = Thread.start(with: doomed) { table in
            var table = table
            table.freeEntriesSlowly()
            _ = consume table
            Memory.giveBack()
        }
    }

    /// Where much has been removed, sees to it that the system gets its memory back.
    @inline(__always)
    private mutating func giveBackWhatIsFree() {
        if Memory.isWorthGivingBack(usedMemory, of: peakMemory) {
            peakMemory = usedMemory
            Memory.giveBackSoon()
        }
    }

    // MARK: Deadlines

    /// When the key expires, in milliseconds since 1970; nil if it does not.
    func deadline(of entry: Entry) -> Int64? {
        entry.header.deadline == Entry.noDeadline ? nil : deadlines[Int(entry.header.deadline)].time
    }

    /// As Redis counts: the last millisecond still belongs to the key.
    private func isExpired(_ entry: Entry) -> Bool {
        deadlines[Int(entry.header.deadline)].time < now
    }

    mutating func setDeadline(_ time: Int64, of entry: Entry) {
        if entry.header.deadline != Entry.noDeadline {
            deadlines[Int(entry.header.deadline)].time = time
            return
        }
        entry.header.deadline = UInt32(deadlines.count)
        deadlines.append(Deadline(time: time, entry: entry))
    }

    /// Gives back what was taken for more of them.
    private mutating func shrinkDeadlines() {
        var fewer: [Deadline] = []
        fewer.reserveCapacity(2 * deadlines.count)
        fewer += deadlines
        deadlines = fewer
    }

    /// Removes the deadline; the last one takes its place in the array.
    mutating func removeDeadline(_ entry: Entry) {
        if entry.header.deadline == Entry.noDeadline { return }
        let index = Int(entry.header.deadline)
        entry.header.deadline = Entry.noDeadline
        let last = deadlines.removeLast()
        if index < deadlines.count {
            deadlines[index] = last
            last.entry.header.deadline = UInt32(index)
        }
        if deadlines.count <= deadlines.capacity / 4 { shrinkDeadlines() }
    }
}
