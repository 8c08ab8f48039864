// INFO: what the server does, in figures. Tools ask for it again and again, so it is written straight into bytes: as
// strings that are put together it took as long as a hundred ordinary requests.

@preconcurrency @unsafe import Glibc

extension KeyValueStore {
    /// INFO [section ...]
    func info(_ arguments: Arguments, _ output: inout ReplyBuffer) {
        if isTooMuch(arguments, &output) { return }
        var text = InfoText()
        for section in InfoSection.all where section.isWanted(arguments) {
            text.begin(section.name)
            section.write(self, &text)
        }
        output.appendText(text.bytes.bytes)
    }

    fileprivate func writeServer(_ text: inout InfoText) {
        text.line("redis_version", Self.redisVersion)
        text.line("redis_mode", "standalone")
        text.line("arch_bits", Int.bitWidth)
        text.line("server_name", server.name)
        text.line("process_id", Int(getpid()))
        text.line("tcp_port", server.port)
    }

    fileprivate func writeClients(_ text: inout InfoText) {
        text.line("connected_clients", Statistics.openConnections.value)
        text.line("maxclients", server.maxConnections)
        text.line("blocked_clients", 0)
    }

    fileprivate func writeMemory(_ text: inout InfoText) {
        text.line("used_memory", usedMemory)
        let hundredths = (usedMemory * 100) >> 20
        text.line("used_memory_human", "\(hundredths / 100).\(hundredths % 100 < 10 ? "0" : "")\(hundredths % 100)M")
        text.line("used_memory_rss", Memory.resident)
        text.line("used_memory_dataset", keys.usedMemory)
        text.line("mem_clients_requests", ClientMemory.requests.value)
        text.line("mem_clients_replies", ClientMemory.replies.value)
        text.line("maxmemory", server.maxMemory)
    }

    fileprivate func writeStats(_ text: inout InfoText) {
        text.line("total_connections_received", Statistics.connections.value)
        text.line("rejected_connections", Statistics.rejected.value)
        text.line("total_commands_processed", requestCount)
        text.line("total_net_input_bytes", Statistics.bytesRead.value)
        text.line("total_net_output_bytes", Statistics.bytesWritten.value)
        text.line("total_reads_processed", Statistics.reads.value)
        text.line("total_writes_processed", Statistics.writes.value)
        text.line("total_waits", Statistics.waits.value)
        text.line("total_lock_waits", Statistics.lockWaits.value)
        text.line("total_lock_wait_usec", Statistics.lockWaitTime.value / 1000)
    }

    fileprivate func writeKeyspace(_ text: inout InfoText) {
        if keys.count == 0 { return }
        text.bytes.append("db0:keys=")
        text.bytes.append(decimal: Int64(keys.count))
        text.bytes.append(",expires=")
        text.bytes.append(decimal: Int64(keys.expiringCount))
        text.bytes.append("\r\n")
    }
}

/// One of the parts that INFO has.
private struct InfoSection: Sendable {
    let name: StaticString
    let write: @Sendable (borrowing KeyValueStore, inout InfoText) -> Void

    static let all = [
        InfoSection(name: "Server") { $0.writeServer(&$1) },
        InfoSection(name: "Clients") { $0.writeClients(&$1) },
        InfoSection(name: "Memory") { $0.writeMemory(&$1) },
        InfoSection(name: "Stats") { $0.writeStats(&$1) },
        InfoSection(name: "Replication") {
            $1.line("role", "master")
            $1.line("connected_slaves", 0)
        },
        InfoSection(name: "Cluster") { $1.line("cluster_enabled", 0) },
        InfoSection(name: "Keyspace") { $0.writeKeyspace(&$1) },
    ]

    /// Whether it is asked for, by its name or with all the others.
    func isWanted(_ arguments: Arguments) -> Bool {
        if arguments.count == 1 { return true }
        for index in 1..<arguments.count {
            let asked = arguments[index]
            if asked.spells(name) || asked.spells("all") || asked.spells("default") || asked.spells("everything") {
                return true
            }
        }
        return false
    }
}

/// The text of INFO as it grows.
private struct InfoText: ~Copyable {
    var bytes = ByteBuffer(.replies)

    mutating func begin(_ section: StaticString) {
        if !bytes.isEmpty { bytes.append("\r\n") }
        bytes.append("# ")
        bytes.append(section)
        bytes.append("\r\n")
    }

    mutating func line(_ name: StaticString, _ value: Int) {
        bytes.append(name)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(decimal: Int64(value))
        bytes.append("\r\n")
    }

    mutating func line(_ name: StaticString, _ value: String) {
        bytes.append(name)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(value.utf8.span)
        bytes.append("\r\n")
    }
}
