// A load whose client is cheap beside the server: the same request again and again, and the replies are not looked at
// but thrown away in the kernel (recv with MSG_TRUNC copies nothing). Only the first is checked. For servers that have
// more than one core, on a machine where the client must do with what is left. With SO_RCVLOWAT it is woken when much has
// arrived, and not by each piece.

@preconcurrency import Glibc
import LabKit
import Shared

/// One request that every connection repeats, each when it has the whole reply to the last one.
struct RepeatedRequest: Sendable {
    let request: [UInt8]
    /// How long the reply is.
    private let replySize: Int

    /// MGET of `count` keys that `fill` has written.
    init(mgetOf count: Int, valueSize: Int) {
        keys = (0..<count).map { "mget:\(valueSize):\($0)".bytes }
        value = Array(repeating: UInt8(ascii: "v"), count: valueSize)
        request = WireProtocol.resp2.encode(["MGET".bytes] + keys)
        replySize = "*\(count)\r\n".utf8.count + count * WireProtocol.resp2.reply(string: value).count
    }

    private let keys: [[UInt8]]
    private let value: [UInt8]

    /// Writes the keys, and checks that their values come back.
    func fill(port: Int) throws {
        var client = try Client(port: port, wireProtocol: .resp2, timeout: 60)
        for key in keys { _ = try client.call(["SET".bytes, key, value]) }
        guard try client.call(["MGET".bytes] + keys) == .array(keys.map { _ in .string(value) }) else {
            throw LoadError.system("MGET did not bring what SET wrote")
        }
    }

    /// Has `poll` wait for so many bytes. The kernel lets the receive buffer grow to hold them, as far as `tcp_rmem` allows.
    private static func setWakeUp(_ descriptor: CInt, at count: Int) {
        var limit = CInt(min(count, 2 << 20))
        setsockopt(descriptor, SOL_SOCKET, SO_RCVLOWAT, &limit, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Repeats it on so many connections, for so long.
    ///
    /// - Parameter observe: called before the first request and after the last reply.
    /// - Returns: how many replies came whole, in how many seconds, and the client's CPU time.
    func run(port: Int, connections: Int, seconds: Double, observe: () -> Void) throws -> LoadResult {
        let clients = try (0..<connections).map { _ in
            Box(try Client(port: port, wireProtocol: .resp2, timeout: 60))
        }
        var entries = clients.map { pollfd(fd: $0.value.descriptor.rawValue, events: Int16(POLLIN), revents: 0) }
        var missing = [Int](repeating: replySize, count: connections)
        var (result, open) = (LoadResult(), connections)
        for entry in entries { Self.setWakeUp(entry.fd, at: replySize) }
        observe()
        let (start, startTime) = (Clock.monotonicNanoseconds, Machine.ownTime)
        let end = start + Int64(seconds * 1e9)
        for client in clients { try client.value.send(bytes: request) }
        while open > 0 {
            guard poll(&entries, nfds_t(connections), 60_000) > 0 else {
                throw LoadError.system("no reply came in a minute")
            }
            for index in entries.indices where entries[index].revents != 0 {
                let count = recv(entries[index].fd, nil, missing[index], Int32(MSG_TRUNC) | Int32(MSG_DONTWAIT))
                guard count > 0 else { throw LoadError.closed(afterReplies: result.requests) }
                missing[index] -= count
                if missing[index] > 0 {
                    Self.setWakeUp(entries[index].fd, at: missing[index])
                    continue
                }
                result.requests += 1
                if Clock.monotonicNanoseconds < end {
                    missing[index] = replySize
                    if count < replySize { Self.setWakeUp(entries[index].fd, at: replySize) }
                    try clients[index].value.send(bytes: request)
                } else {
                    entries[index].fd = -1
                    open -= 1
                }
            }
        }
        result.elapsed = Double(Clock.monotonicNanoseconds - start) / 1e9
        observe()
        result.clientTime = Machine.ownTime - startTime
        return result
    }
}
