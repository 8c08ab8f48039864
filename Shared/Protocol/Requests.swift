// Requests as the codecs leave them: where each argument lies in the buffer it arrived in. Nothing is copied, and
// nothing is allocated per request once the two arrays have grown.
//
//     incoming   *2 $3 GET $1 a *2 $3 GET $1 b *2 $3 GE
//                      ^^^    ^       ^^^    ^       ^ arrived in part: `awaited` says what is still to come
//     slices           [0]   [1]      [2]   [3]
//     requests   [slices 0..<2] [slices 2..<4]

/// What a codec says about the bytes it was given.
public enum Decoded {
    /// One more request is in `Requests`.
    case complete
    /// Not all of it has arrived. It takes at least `needed` bytes, counted from the front of the buffer.
    case incomplete(needed: Int)
    /// No request can start like this, and where the next one starts cannot be known: answer, then close.
    case malformed(ProtocolError)
}

/// A queue of decoded requests. It refers to the buffer they were decoded from, by offsets from its first readable
/// byte, so that buffer may grow but must not be consumed except by what `removeExecuted` returns.
public struct Requests: ~Copyable, Sendable {
    /// One argument: where it starts, and its length in bytes. The top bit of `start` says that it lies in
    /// `unquoted`, not in the buffer.
    struct Slice {
        var start: UInt32
        var count: UInt32
        static let isUnquoted: UInt32 = 1 << 31
    }

    struct Request {
        var firstSlice: Int
        var sliceCount: Int
        /// Where the request ends: the bytes before it are no longer needed once it was executed.
        var end: Int
        /// The hash of its key, where `KeyValueStore.prefetch` has already computed it; else 0.
        var hash: UInt64 = 0
    }

    var slices: [Slice] = []
    var requests: [Request] = []
    /// Inline arguments that were quoted, without their quotes and escapes.
    var unquoted: [UInt8] = []
    /// The next request to execute.
    var next = 0
    /// Where decoding goes on: after the last complete request, or inside the one that has arrived in part.
    var position = 0
    /// Arguments still to come of the request that has arrived in part. Keeping them decoded makes a request of a
    /// million arguments that trickles in cost what it costs in one piece.
    var awaited = 0

    /// Above these, the arrays are freed when little is left in them: one long request must not pin memory for ever.
    private static let slicesKept = 128

    /// None yet.
    public init() {}

    /// Requests that are decoded and not executed.
    public var count: Int { requests.count - next }

    /// Forgets what was executed.
    ///
    /// - Returns: the number of bytes to consume from the front of the buffer.
    public mutating func removeExecuted() -> Int {
        if next == 0 { return 0 }
        let executed = requests[next - 1]
        if next == requests.count && awaited == 0 {
            let keep = slices.capacity <= Self.slicesKept
            slices.removeAll(keepingCapacity: keep)
            requests.removeAll(keepingCapacity: keep)
            unquoted.removeAll()
        } else {
            removeFirst(next)
        }
        next = 0
        position -= executed.end
        return executed.end
    }

    /// Moves what is left to the front, and makes its offsets count from the byte that will be the first.
    private mutating func removeFirst(_ executed: Int) {
        let last = requests[executed - 1]
        let firstSlice = last.firstSlice + last.sliceCount
        slices.removeFirst(firstSlice)
        if slices.capacity > Self.slicesKept && slices.count <= slices.capacity / 8 { slices = slices.map { $0 } }
        requests.removeFirst(executed)
        // What has arrived in part is an array, and has no copies here.
        if requests.isEmpty { unquoted.removeAll() }
        for index in slices.indices where slices[index].start & Slice.isUnquoted == 0 {
            slices[index].start -= UInt32(last.end)
        }
        for index in requests.indices {
            requests[index].firstSlice -= firstSlice
            requests[index].end -= last.end
        }
    }

    /// Ends a request: all slices that belong to no earlier one are its arguments.
    @inline(__always)
    mutating func finish(end: Int) {
        let firstSlice = requests.last.map { $0.firstSlice + $0.sliceCount } ?? 0
        requests.append(Request(firstSlice: firstSlice, sliceCount: slices.count - firstSlice, end: end))
        position = end
    }
}

/// The arguments of one request, the command's name first: a view of the buffer they arrived in.
struct Arguments: ~Escapable {
    private let bytes: Span<UInt8>
    private let unquoted: Span<UInt8>
    private let slices: Span<Requests.Slice>

    @_lifetime(copy bytes, copy unquoted, copy slices)
    init(_ bytes: Span<UInt8>, unquoted: Span<UInt8>, slices: Span<Requests.Slice>) {
        self.bytes = bytes
        self.unquoted = unquoted
        self.slices = slices
    }

    var count: Int { slices.count }

    subscript(index: Int) -> Span<UInt8> {
        @_lifetime(copy self)
        @inline(__always)
        get {
            let slice = slices[index]
            let start = Int(slice.start & ~Requests.Slice.isUnquoted)
            let range = start..<start + Int(slice.count)
            if slice.start & Requests.Slice.isUnquoted != 0 { return unquoted.extracting(range) }
            return bytes.extracting(range)
        }
    }
}
