// The loop of the load generator: one thread, non-blocking sockets, epoll.
//
// Closed loop: a connection sends its next batch when the last one is answered. What is measured is how fast the
// server can go; but a server that pauses also pauses its load, and the requests that would have suffered are never
// made. Open loop: requests fall due at fixed times whatever the server does, and the latency of each counts from the
// time it was due, not from when it could be sent at last. To leave that wait out is known as coordinated omission:
// the slower the server, the fewer its bad latencies.

import CLinux
@preconcurrency import Glibc
import LabKit
import Shared

struct LoadEngine: ~Copyable {
    private let plan: LoadPlan
    private let epoll: CInt
    private var pool: LoadPool
    // Plain pointers: the compiler (6.3) fails on a buffer pointer's elements under the thread sanitizer.
    private let connections: UnsafeMutablePointer<LoadConnection>
    private let scratch = UnsafeMutableRawBufferPointer.allocate(byteCount: 256 << 10, alignment: 4096)
    private let events = UnsafeMutablePointer<epoll_event>.allocate(capacity: eventCapacity)
    private static let eventCapacity = 256
    private var result = LoadResult()
    /// Requests that may still be sent.
    private var allowance: Int
    /// Requests that were sent and not answered.
    private var outstanding = 0
    private var start = 0
    private var lastReply = 0
    /// Open loop: requests that were due until now.
    private var arrivals = 0
    private var hasBeenSilent = false
    /// How long an interrupt may go unnoticed, in nanoseconds.
    private static let longestSleep = 100_000_000

    init(_ plan: LoadPlan) throws(LoadError) {
        self.plan = plan
        epoll = epoll_create1(CInt(EPOLL_CLOEXEC))
        guard epoll >= 0 else { throw .system(SystemCallError("epoll_create1").description) }
        pool = LoadPool(plan)
        connections = .allocate(capacity: plan.connections)
        if case .requests(let count) = plan.limit { allowance = count } else { allowance = .max }
        result.connections = plan.connections
    }

    deinit {
        for index in 0..<opened { close(connections[index].number) }
        close(epoll)
        connections.deallocate()
        scratch.deallocate()
        events.deallocate()
    }

    private var opened = 0
    /// Since when there has been a request without a reply.
    private var busySince = 0

    /// Opens the connections. What they need to be made is in the kernel's hands; those that are not there when the
    /// clock starts begin to send when they are.
    mutating func connect() throws(LoadError) {
        var address = Load.loopback(plan.port)
        guard inet_pton(AF_INET, plan.host, &address.sin_addr) == 1 else {
            throw .system("'\(plan.host)' is no IPv4 address")
        }
        while opened < plan.connections {
            let number = try LoadConnection.open(to: address)
            (connections + opened).initialize(to: LoadConnection(number: number))
            opened += 1
            try watch(opened - 1, EPOLL_CTL_ADD)
        }
    }

    mutating func run() throws(LoadError) -> LoadResult {
        let clientTime = Nanoseconds.thread
        start = Nanoseconds.now
        lastReply = start
        if plan.rate == nil { for index in 0..<opened { try sendNext(index, at: Nanoseconds.now) } }
        do throws(LoadError) {
            while let time = timeToWait(at: Nanoseconds.now) {
                let count = wait(atMost: time)
                for index in 0..<count { try serve(events[index]) }
                if plan.rate != nil { try admitArrivals() }
            }
        } catch {
            // Ctrl-C in a terminal reaches the server as well, which may end before the thread that waits for the signal
            // has noticed it.
            usleep(useconds_t(Self.longestSleep / 1000))
            guard Load.wasInterrupted else { throw error }
            result.wasInterrupted = true
        }
        result.elapsed = Double(lastReply - start) / 1e9
        result.clientTime = Double(Nanoseconds.thread - clientTime) / 1e9
        result.unanswered = outstanding
        result.servedConnections = (0..<opened).count { connections[$0].replies > 0 }
        return result
    }

    // MARK: Time

    /// How long the loop may wait, in nanoseconds; nil when the run is over.
    private mutating func timeToWait(at now: Int) -> Int? {
        var end = start + Int(plan.deadline * 1e9)
        if case .seconds(let seconds) = plan.limit { end = min(end, start + Int(seconds * 1e9)) }
        if now >= end { allowance = 0 }
        if Load.wasInterrupted {
            result.wasInterrupted = true
            return nil
        }
        noteSilence(at: now)
        let silence = max(lastReply, busySince) + Int(plan.patience * 1e9)
        if outstanding == 0 && allowance == 0 { return nil }
        if outstanding > 0 && now >= silence { return nil }
        var wake = outstanding > 0 ? silence : .max
        if allowance > 0 { wake = min(wake, end) }
        if let rate = plan.rate, allowance > 0 { wake = min(wake, dueTime(of: arrivals, rate)) }
        return min(Self.longestSleep, max(0, wake - now))
    }

    private mutating func noteSilence(at now: Int) {
        guard !hasBeenSilent, result.requests == 0, outstanding > 0, now - start > Int(LoadPlan.silence * 1e9) else {
            return
        }
        hasBeenSilent = true
        plan.onSilence?()
    }

    /// The kernel wakes a sleeper some 50 microseconds late. A request that is due sooner is waited for awake.
    private static let shortestSleep = 100_000

    private func wait(atMost time: Int) -> Int {
        var limit = timespec(tv_sec: time / 1_000_000_000, tv_nsec: time % 1_000_000_000)
        if plan.rate != nil && time < Self.shortestSleep { limit = timespec() }
        return max(0, Int(epoll_pwait2(epoll, events, CInt(Self.eventCapacity), &limit, nil)))
    }

    // MARK: Open loop

    private func dueTime(of arrival: Int, _ rate: Int) -> Int {
        start + Int(Double(arrival) * 1e9 / Double(rate))
    }

    /// Hands the requests that are due by now to the connections in turn.
    private mutating func admitArrivals() throws(LoadError) {
        guard let rate = plan.rate else { return }
        let now = Nanoseconds.now
        while allowance > 0, dueTime(of: arrivals, rate) <= now {
            let index = arrivals % opened
            arrivals += 1
            allowance -= 1
            if outstanding == 0 { busySince = now }
            outstanding += 1
            (connections + index).pointee.due += 1
            if connections[index].isIdle { try sendNext(index, at: now) }
        }
    }

    // MARK: Connections

    /// Starts the next batch of a connection, if it has one to send.
    private mutating func sendNext(_ index: Int, at now: Int) throws(LoadError) {
        let connection = connections + index
        let count: Int
        if plan.rate == nil {
            count = min(plan.pipeline, allowance)
            allowance -= count
            outstanding += count
        } else {
            count = min(plan.pipeline, connection.pointee.due)
            connection.pointee.due -= count
        }
        if count == 0 { return }
        connection.pointee.start(pool.next(count, for: index), at: now)
        try send(index)
    }

    private mutating func send(_ index: Int) throws(LoadError) {
        let connection = connections + index
        result.bytesSent += try connection.pointee.send()
        guard connection.pointee.hasUnsent != connection.pointee.watchesWrites else { return }
        connection.pointee.watchesWrites.toggle()
        try watch(index, EPOLL_CTL_MOD)
    }

    private func watch(_ index: Int, _ operation: CInt) throws(LoadError) {
        let interest = connections[index].watchesWrites ? EPOLLIN.rawValue | EPOLLOUT.rawValue : EPOLLIN.rawValue
        var entry = epoll_event(events: interest, data: epoll_data(u32: UInt32(index)))
        guard epoll_ctl(epoll, operation, connections[index].number, &entry) == 0 else {
            throw .system(SystemCallError("epoll_ctl").description)
        }
    }

    private mutating func serve(_ event: epoll_event) throws(LoadError) {
        let index = Int(event.data.u32)
        let connection = connections + index
        if event.events & EPOLLOUT.rawValue != 0 { try send(index) }
        if event.events & ~EPOLLOUT.rawValue == 0 { return }
        guard let (bytes, replies) = try connection.pointee.receive(into: scratch) else { return }
        let now = Nanoseconds.now
        lastReply = now
        result.bytesReceived += bytes
        result.requests += replies
        outstanding -= replies
        record(replies, of: index, at: now)
        if connection.pointee.isIdle { try sendNext(index, at: now) }
    }

    @inline(__always)
    private mutating func record(_ replies: Int, of index: Int, at now: Int) {
        guard let rate = plan.rate else {
            return result.latency.record(now - connections[index].startTime, times: replies)
        }
        // The nth request of a connection was due when its turn came for the nth time.
        let total = connections[index].replies
        for reply in total - replies..<total {
            result.latency.record(now - dueTime(of: index + reply * opened, rate))
        }
    }
}

enum Nanoseconds {
    static var now: Int { Int(Clock.monotonicNanoseconds) }

    /// CPU time that this thread has used.
    static var thread: Int {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return time.tv_sec * 1_000_000_000 + time.tv_nsec
    }
}
