// What has been freed goes back to the system, within a second or two. The C library's allocator would keep it: it
// gives back what lies free at the end of its memory, and one small block behind the holes holds all of them. It also
// learns from what is freed to keep more, and lets each thread collect free memory of its own.

import CLinux
@preconcurrency @unsafe import Glibc
import Synchronization

/// The memory of the process.
public enum Memory {
    /// Blocks from this size on are mappings of their own, which go back at once. The most that the allocator can be
    /// told: each page of a new mapping is a fault, and a value of a megabyte copied to one costs three times as much
    /// CPU.
    private static let mappingThreshold: CInt = 32 << 20
    /// What may lie free at the end of memory before the allocator gives it back by itself: so much is often needed
    /// again, by the next large request. `giveBackSoon` sees to it when it is not.
    private static let trimThreshold: CInt = 64 << 20
    /// What is not given back even so, in bytes: the requests in flight need some.
    private static let kept = 256 << 10
    /// How long memory may lie free before it is given back, in microseconds: long enough that a client who sends one
    /// large request after another finds the pages of the last one, and short enough for a person looking on.
    private static let delay: useconds_t = 1_000_000
    /// Less than this is not worth a look, in bytes.
    private static let slack = 2 << 20

    /// Fixes what the allocator would otherwise change by itself. Threads share one store of free memory: each would
    /// keep what it has freed from the others, and they hardly ever allocate at the same time. The corresponding C
    /// function is `mallopt`.
    static func prepare() {
        mallopt(M_ARENA_MAX, 1)
        mallopt(M_MMAP_THRESHOLD, mappingThreshold)
        mallopt(M_TRIM_THRESHOLD, trimThreshold)
    }

    /// Whether so much has been freed that it should go back, now that `used` bytes of `peak` are left.
    @inline(__always)
    static func isWorthGivingBack(_ used: Int, of peak: Int) -> Bool {
        peak - used > max(slack, used / 2)
    }

    private static let isScheduled = Atomic<Bool>(false)

    /// Gives back to the system what is free, in a moment and not more often than that. In a thread that does only
    /// this: a server that waits in a blocking call has nothing else that could do it.
    static func giveBackSoon() {
        if isScheduled.exchange(true, ordering: .relaxed) { return }
        do {
            try Thread.start {
                _ = usleep(delay)
                isScheduled.store(false, ordering: .relaxed)
                giveBack()
            }
        } catch {
            // No thread for it. The next time that much is freed there may be one.
            isScheduled.store(false, ordering: .relaxed)
        }
    }

    /// Gives back every page on which nothing is in use.
    /// The corresponding C function is `malloc_trim`.
    static func giveBack() {
        _ = malloc_trim(kept)
    }

    /// What the system has given this process, in bytes; 0 where it does not tell.
    static var resident: Int {
        let number = unsafe open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        if number < 0 { return 0 }
        let file = FileDescriptor(owning: number)
        var text = [UInt8](repeating: 0, count: 128)
        let count = unsafe read(file.rawValue, &text, text.count)
        // Numbers of pages: all there are, those that are resident, and others.
        let fields = text.prefix(max(0, count)).split(separator: UInt8(ascii: " "))
        guard fields.count > 1 else { return 0 }
        return fields[1].reduce(0) { $0 * 10 + Int($1 - UInt8(ascii: "0")) } * Int(getpagesize())
    }
}

/// How many bytes are in use for one purpose. Threads may change it at the same time.
struct MemoryAccount: ~Copyable, Sendable {
    private let used = Atomic<Int>(0)
    /// The most there were since memory was last given back.
    private let peak = Atomic<Int>(0)

    var value: Int { used.load(ordering: .relaxed) }

    /// Notes that so many bytes more are in use, or fewer. Where many are not any more, they are given back.
    func add(_ change: Int) {
        let now = used.wrappingAdd(change, ordering: .relaxed).newValue
        let most = peak.load(ordering: .relaxed)
        if now > most {
            // Two threads that come here at the same time may note the lower one: nothing depends on the last kilobyte.
            peak.store(now, ordering: .relaxed)
        } else if Memory.isWorthGivingBack(now, of: most) {
            peak.store(now, ordering: .relaxed)
            Memory.giveBackSoon()
        }
    }

    /// Notes that so many bytes serve another purpose now. Nothing was freed, so nothing is to be given back.
    func handOver(_ count: Int) {
        peak.store(used.wrappingSubtract(count, ordering: .relaxed).newValue, ordering: .relaxed)
    }
}
