// Requests made before the clock starts, and the replies they must get.
//
//     requests   GET key:7  GET key:2  GET key:9  GET key:2  ...      a batch is any few of them that follow each other
//     replies    "kfa"      "cna"      "pea"      "cna"      ...      and so are the replies to it
//
// Sending is then one `write` of bytes that are there already, and checking a reply is comparing it with bytes that
// are there already, so that one core of client can keep one core of server busy.

import LabKit
import Shared

/// Requests that follow each other, and their replies.
final class LoadBlock {
    private(set) var requests: [UInt8] = []
    private(set) var replies: [UInt8] = []
    /// Where each request and each reply ends; the first entry is 0, the start of the first.
    private(set) var requestEnds = [0]
    private(set) var replyEnds = [0]

    var count: Int { replyEnds.count - 1 }

    func append(_ request: [UInt8], reply: [UInt8]) {
        // After `removeReplies`, the same requests are there already.
        if requestEnds.count == replyEnds.count {
            requests += request
            requestEnds.append(requests.count)
        }
        replies += reply
        replyEnds.append(replies.count)
    }

    func removeReplies() {
        replies.removeAll(keepingCapacity: true)
        replyEnds.removeLast(count)
    }
}

/// Some of the requests of a block.
struct LoadBatch {
    let block: LoadBlock
    let range: Range<Int>

    /// Where its bytes are among those of the block.
    var requests: Range<Int> { block.requestEnds[range.lowerBound]..<block.requestEnds[range.upperBound] }
    var replies: Range<Int> { replyEnd(-1)..<replyEnd(range.count - 1) }

    /// Where the reply to one of them ends, and the next one starts.
    func replyEnd(_ index: Int) -> Int { block.replyEnds[range.lowerBound + index + 1] }
}

/// Where the next requests come from.
struct LoadPool {
    private let plan: LoadPlan
    /// For the commands whose replies do not depend on what happened before.
    private let block = LoadBlock()
    private var position = 0
    /// For INCR, of each connection: its request, how far it has counted, and the batch that it is at.
    private var counters: [(request: [UInt8], value: Int, block: LoadBlock)] = []

    /// Bytes of requests that are enough for random keys not to repeat soon, and few enough for the caches.
    private static let size = 8 << 20

    init(_ plan: LoadPlan) {
        self.plan = plan
        if plan.command == .incr {
            counters = (0..<plan.connections).map {
                (plan.wireProtocol.encode(["INCR".bytes, LoadTemplate.key($0, prefix: "counter:")]), 0, LoadBlock())
            }
        } else {
            fillBlock()
        }
    }

    /// How many requests a pool for `plan` holds when every key is to be in it once.
    static func capacity(_ plan: LoadPlan) -> Int {
        max(plan.pipeline, size / LoadTemplate(plan.command == .mixed ? .set : plan.command, plan).request.count)
    }

    private func fillBlock() {
        var random = SplitMix(seed: 0)
        var count = plan.keys.count
        if case .random(let seed) = plan.keyOrder {
            random = SplitMix(seed: seed)
            count = min(Self.capacity(plan), max(plan.pipeline, plan.keys.count * 3))
        }
        let commands: [LoadCommand] = plan.command == .mixed ? [.get, .set] : [plan.command]
        var templates = commands.map { LoadTemplate($0, plan) }
        let kinds = (0..<count).map { _ in templates.count == 2 && random.next() % 10 == 0 ? 1 : 0 }
        for (index, kind) in kinds.enumerated() {
            let isRandom = plan.keyOrder != .sequential
            let offset = isRandom ? Int(random.next() % UInt64(plan.keys.count)) : index
            templates[kind].put(plan.keys.lowerBound + offset)
            block.append(templates[kind].request, reply: templates[kind].reply)
        }
    }

    /// The next requests of a connection: `count` of them.
    @inline(__always)
    mutating func next(_ count: Int, for connection: Int) -> LoadBatch {
        if plan.command == .incr { return increments(count, by: connection) }
        if position + count > block.count { position = 0 }
        defer { position += count }
        return LoadBatch(block: block, range: position..<position + count)
    }

    private mutating func increments(_ count: Int, by connection: Int) -> LoadBatch {
        let (request, value, block) = counters[connection]
        block.removeReplies()
        for next in value + 1...value + count {
            block.append(request, reply: plan.wireProtocol.reply(integer: next))
        }
        counters[connection].value += count
        return LoadBatch(block: block, range: 0..<count)
    }
}
