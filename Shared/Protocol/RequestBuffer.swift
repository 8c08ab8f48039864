// What a client has sent and the server has not executed yet: the bytes, and where in them each argument lies. Nothing
// is copied, and nothing is allocated per request once the arrays have grown.
//
//     bytes      12 0 0 0 | 1 0 0 0 | 4 0 0 0 PING     16 0 0 0 | 2 0 0 0 | 3 0 0 0 GET | 1 0 0
//                                             ^^^^                                  ^^^         ^ not all has arrived
//     slices                                  [0]
//     requests   [slices 0..<1]
//
// A codec decodes the next request, and `KeyValueStore.execute` executes it; after the last of those that were decoded,
// their bytes are dropped. A codec may decode several requests ahead (RESPCodec does), so that
// their look-ups can start loading memory early. A stage sees one request at a time.

/// The bytes received on one connection, and the requests decoded from them.
public struct RequestBuffer: ~Copyable, Sendable {
    /// What has arrived. Reading appends to it.
    public var bytes = ByteBuffer()
    /// What a codec has found in `bytes`.
    var decoded = DecodedRequests()

    /// One `read` asks for this much, several hundred ordinary requests: reading too little costs calls, and a lot at once
    /// would hold up other clients.
    private static let minReadSize = 16 << 10
    /// A long request asks for more as it grows, up to this.
    private static let maxReadSize = 256 << 10
    /// When a sixteenth of a long request has arrived, there is room for all of it: it need not be moved as it grows, and
    /// somebody who only announces one gets no memory.
    private static let announced = 16

    /// An empty one, which has no memory yet.
    public init() {}

    /// How many bytes one `read` should ask for. Where there is room, as much as fits.
    public var readSize: Int {
        min(bytes.room >= Self.minReadSize ? bytes.room : max(Self.minReadSize, bytes.count), Self.maxReadSize)
    }

    /// Notes that the next request ends no earlier than at `count`.
    mutating func expect(_ count: Int) {
        if bytes.count < Self.minReadSize || bytes.count < count / Self.announced { return }
        // And the next read must have room, too.
        bytes.reserve(count - bytes.count + Self.minReadSize)
    }

    /// Whether nothing is in the buffer but one whole request, and all of that.
    var isAlone: Bool {
        decoded.requests.count == 1 && decoded.requests[0].end == bytes.writtenCount && decoded.unquoted.isEmpty
    }

    /// Goes on to the next request. After the last that is decoded, drops the bytes of all.
    mutating func removeFirst() {
        decoded.next += 1
        if !decoded.isEmpty { return }
        let end = decoded.requests[decoded.next - 1].end
        decoded.removeAll()
        bytes.consume(end)
    }
}

/// Where in a buffer the requests and their arguments are, counted from its first byte.
struct DecodedRequests: Sendable {
    /// One argument: where it starts, and its length. The top bit of `start` says that it lies in `unquoted` instead.
    struct Slice {
        var start: UInt32
        var count: UInt32
        static let isUnquoted: UInt32 = 1 << 31
    }

    struct Request {
        /// Its arguments: `slices[firstSlice ..< firstSlice + sliceCount]`.
        var firstSlice: Int
        var sliceCount: Int
        /// Where it ends.
        var end: Int
        /// What `KeyValueStore` finds out before it executes the request: which command it is, and its first key's hash.
        var command: UInt8?
        var keyHash: UInt64?
    }

    var slices: [Slice] = []
    /// Those before `next` have been executed.
    var requests: [Request] = []
    var next = 0
    /// Inline arguments that were quoted, without their quotes and escapes.
    var unquoted: [UInt8] = []
    /// Where decoding goes on: after the last complete request, or inside one that has arrived in part.
    var position = 0
    /// How many arguments of that one are still to come. Because those before them stay decoded, a request of a million
    /// arguments that trickles in costs what it costs in one piece.
    var awaited: Int32 = 0
    /// Up to where the end of an unfinished line has been looked for, in vain: one that trickles in is not searched
    /// from its start at every byte.
    var searched: Int32 = 0
    /// Whether `command` and `keyHash` have been filled in.
    var isLookedUp = false

    /// Above this many slices the arrays are freed once they are empty: one long request must not hold memory for ever.
    private static let maxSlicesKept = 128

    /// Whether no request is left to execute.
    var isEmpty: Bool { next == requests.count }

    /// Ends a request in a codec: all slices that belong to no earlier one are its arguments.
    @inline(__always)
    mutating func finish(end: Int) {
        let firstSlice = requests.last.map { $0.firstSlice + $0.sliceCount } ?? 0
        requests.append(Request(firstSlice: firstSlice, sliceCount: slices.count - firstSlice, end: end))
        position = end
    }

    /// Forgets everything. A request that has arrived in part is decoded from its start again, once.
    mutating func removeAll() {
        // A client that pipelines will need the arrays again at once. One that sends a request and waits may be idle for
        // long: it holds none.
        let keep = requests.count > 1 && slices.capacity <= Self.maxSlicesKept
        slices.removeAll(keepingCapacity: keep)
        requests.removeAll(keepingCapacity: keep)
        unquoted = []
        next = 0
        position = 0
        awaited = 0
        searched = 0
        isLookedUp = false
    }
}

/// The arguments of one request, the command's name first: a view of the buffer they arrived in.
struct Arguments: ~Escapable, BitwiseCopyable {
    private let bytes: Span<UInt8>
    private let unquoted: Span<UInt8>
    private let slices: Span<DecodedRequests.Slice>
    /// The hash of the first key, where it is known.
    let keyHash: UInt64?

    /// - Parameters:
    ///   - slices: those of all requests that were decoded from `bytes`.
    @inline(__always)
    @_lifetime(copy bytes, copy unquoted, copy slices)
    init(
        _ request: DecodedRequests.Request, in bytes: Span<UInt8>, unquoted: Span<UInt8>,
        slices: Span<DecodedRequests.Slice>
    ) {
        self.bytes = bytes
        self.unquoted = unquoted
        self.slices = slices.extracting(request.firstSlice..<request.firstSlice + request.sliceCount)
        keyHash = request.keyHash
    }

    var count: Int { slices.count }

    subscript(index: Int) -> Span<UInt8> {
        @_lifetime(copy self)
        @inline(__always)
        get {
            let slice = slices[index]
            let start = Int(slice.start & ~DecodedRequests.Slice.isUnquoted)
            let range = start..<start + Int(slice.count)
            if slice.start & DecodedRequests.Slice.isUnquoted != 0 { return unquoted.extracting(range) }
            return bytes.extracting(range)
        }
    }
}
