// Requests made before the clock starts, and the replies they must get.
//
//     requests   GET key:7  GET key:2  GET key:9  GET key:2  ...      a batch is any few of them that follow each other
//     replies    "kfa"      "cna"      "pea"      "cna"      ...      and so are the replies to it
//
// Sending is then one `write` of bytes that are there already, and checking a reply is comparing it with bytes that
// are there already, so that one core of client can keep one core of server busy.

@preconcurrency import Glibc
import LabKit
import Shared

/// Some requests that follow each other, and their replies. Points into a pool, and is valid as long as that.
struct LoadBatch {
    var requests: UnsafeRawBufferPointer
    var replies: UnsafeRawBufferPointer
    /// Where each reply ends, counted from the start of `replies` plus `origin`.
    var replyEnds: UnsafePointer<Int>
    var origin: Int
    var count: Int
}

/// Memory that batches point into; it does not move.
final class LoadBlock {
    let requests: UnsafeMutableRawBufferPointer
    let replies: UnsafeMutableRawBufferPointer
    /// Where each request and each reply ends; the first entry is 0, the start of the first.
    let requestEnds: UnsafeMutablePointer<Int>
    let replyEnds: UnsafeMutablePointer<Int>
    let count: Int

    /// Lays out requests of these lengths.
    init(lengths: [(request: Int, reply: Int)]) {
        count = lengths.count
        requestEnds = .allocate(capacity: count + 1)
        replyEnds = .allocate(capacity: count + 1)
        requestEnds[0] = 0
        replyEnds[0] = 0
        for (index, length) in lengths.enumerated() {
            requestEnds[index + 1] = requestEnds[index] + length.request
            replyEnds[index + 1] = replyEnds[index] + length.reply
        }
        requests = .allocate(byteCount: max(1, requestEnds[count]), alignment: 64)
        replies = .allocate(byteCount: max(1, replyEnds[count]), alignment: 64)
    }

    deinit {
        requests.deallocate()
        replies.deallocate()
        requestEnds.deallocate()
        replyEnds.deallocate()
    }

    func batch(_ range: Range<Int>) -> LoadBatch {
        let origin = replyEnds[range.lowerBound]
        return LoadBatch(
            requests: .init(rebasing: requests[requestEnds[range.lowerBound]..<requestEnds[range.upperBound]]),
            replies: .init(rebasing: replies[origin..<replyEnds[range.upperBound]]),
            replyEnds: UnsafePointer(replyEnds + range.lowerBound + 1), origin: origin, count: range.count)
    }
}

/// Where the next requests come from.
struct LoadPool {
    /// For the commands whose replies do not depend on what happened before.
    private let block: LoadBlock?
    private var position = 0
    /// For INCR.
    private var counters: [LoadCounter] = []

    /// Bytes of requests that are enough for random keys not to repeat soon, and few enough for the caches.
    private static let size = 8 << 20

    init(_ plan: LoadPlan) {
        guard plan.command != .incr else {
            block = nil
            counters = (0..<plan.connections).map { LoadCounter(number: $0, plan) }
            return
        }
        block = Self.makeBlock(plan)
    }

    /// How many requests a pool for `plan` holds when every key is to be in it once.
    static func capacity(_ plan: LoadPlan) -> Int {
        max(plan.pipeline, size / LoadTemplate(plan.command == .mixed ? .set : plan.command, plan).request.count)
    }

    private static func makeBlock(_ plan: LoadPlan) -> LoadBlock {
        let templates =
            plan.command == .mixed
            ? [LoadTemplate(.get, plan), LoadTemplate(.set, plan)] : [LoadTemplate(plan.command, plan)]
        var random = SplitMix(seed: 0)
        var count = plan.keys.count
        if case .random(let seed) = plan.keyOrder {
            random = SplitMix(seed: seed)
            count = min(capacity(plan), max(plan.pipeline, plan.keys.count * 3))
        }
        let kinds = (0..<count).map { _ in templates.count == 2 && random.next() % 10 == 0 ? 1 : 0 }
        let block = LoadBlock(lengths: kinds.map { (templates[$0].request.count, templates[$0].reply.count) })
        for (index, kind) in kinds.enumerated() {
            let isRandom = plan.keyOrder != .sequential
            let offset = isRandom ? Int(random.next() % UInt64(plan.keys.count)) : index
            templates[kind].write(
                key: plan.keys.lowerBound + offset, request: block.requests.baseAddress! + block.requestEnds[index],
                reply: block.replies.baseAddress! + block.replyEnds[index])
        }
        return block
    }

    /// The next requests of a connection: `count` of them.
    @inline(__always)
    mutating func next(_ count: Int, for connection: Int) -> LoadBatch {
        guard let block else { return counters[connection].next(count) }
        if position + count > block.count { position = 0 }
        defer { position += count }
        return block.batch(position..<position + count)
    }
}
