// The load generator: one call.

@preconcurrency import Glibc
import LabKit
import Shared

/// Puts load on a server, and checks every reply.
enum Load {
    /// Runs a plan. Where the server does not answer in time, the result says how far it got.
    ///
    /// - Parameters:
    ///   - isPrepared: the store is already as the plan's replies expect it.
    ///   - observe: called twice, right before the first request is sent and right after the last reply has come,
    ///     both times with all connections open. A thread that serves a connection is then there to be measured.
    /// - Throws: at the first wrong reply, and when the server goes away.
    static func run(
        _ plan: LoadPlan, isPrepared: Bool = false, observe: () -> Void = {}
    ) throws(LoadError) -> LoadResult {
        try check(plan)
        DescriptorLimit.raise(to: plan.connections + 64)
        if !isPrepared { try prepare(plan) }
        return try measure(plan, observe: observe)
    }

    private static let isInterrupted = Locked(false)

    /// Ends the run that is going on: nothing more is sent, and what was measured so far is its result.
    static func interrupt() { isInterrupted.withLock { $0 = true } }

    static var wasInterrupted: Bool { isInterrupted.withLock { $0 } }

    private static func measure(_ plan: LoadPlan, observe: () -> Void = {}) throws(LoadError) -> LoadResult {
        var engine = try LoadEngine(plan)
        try engine.connect()
        observe()
        let result = try engine.run()
        observe()
        return result
    }

    /// Brings the store into the state that the plan's replies are computed for.
    private static func prepare(_ plan: LoadPlan) throws(LoadError) {
        switch plan.command {
        case .ping, .set: return
        case .get, .mixed: _ = try fill(plan)
        case .incr: try removeCounters(plan)
        }
    }

    /// Writes every key of the plan, one after another, over one connection, `pipeline` at a time.
    ///
    /// - Returns: what it took; the longest latency is the longest that a client had to wait meanwhile.
    @discardableResult
    static func fill(_ plan: LoadPlan, pipeline: Int = 256) throws(LoadError) -> LoadResult {
        var filling = plan
        filling.command = .set
        filling.keyOrder = .sequential
        filling.connections = 1
        filling.pipeline = max(1, min(pipeline, (1 << 20) / max(1, plan.valueSize)))
        filling.rate = nil
        var total = LoadResult()
        // In pieces, so that the requests of a million keys need not all be in memory.
        let piece = LoadPool.capacity(filling)
        for start in stride(from: plan.keys.lowerBound, to: plan.keys.upperBound, by: piece) {
            filling.keys = start..<min(start + piece, plan.keys.upperBound)
            filling.limit = .requests(filling.keys.count)
            let result = try measure(filling)
            if result.wasInterrupted { throw .interrupted }
            guard result.isComplete else {
                throw .system("the server stopped answering after \(total.requests + result.requests) SETs")
            }
            total.add(result)
        }
        return total
    }

    private static func removeCounters(_ plan: LoadPlan) throws(LoadError) {
        do throws(Reply.Failure) {
            var client = try Client(
                host: plan.host, port: plan.port, wireProtocol: plan.wireProtocol,
                timeout: Int(plan.patience.rounded(.up)))
            for number in 0..<plan.connections {
                _ = try client.call(["DEL".bytes, LoadTemplate.key(number, prefix: "counter:")])
            }
        } catch {
            throw .system("cannot reset the counters: \(error)")
        }
    }

    private static func check(_ plan: LoadPlan) throws(LoadError) {
        guard plan.valueSize * plan.pipeline <= 256 << 20 else {
            throw .system("\(plan.pipeline) values of \(plan.valueSize) bytes are more than 256 MB in flight")
        }
        // Before a GET, all keys are written.
        guard plan.valueSize * plan.keys.count <= 1 << 30 || plan.command == .ping || plan.command == .incr else {
            throw .system("\(plan.keys.count) values of \(plan.valueSize) bytes are more than 1 GB; see --key-count")
        }
    }

    /// A port of this machine.
    static func loopback(_ port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }
}

extension LoadResult {
    /// Adds a run that came after this one.
    mutating func add(_ other: LoadResult) {
        requests += other.requests
        unanswered += other.unanswered
        elapsed += other.elapsed
        latency.add(other.latency)
        connections = max(connections, other.connections)
        servedConnections = max(servedConnections, other.servedConnections)
        bytesSent += other.bytesSent
        bytesReceived += other.bytesReceived
        clientTime += other.clientTime
    }
}
