// Replies that differ by nature (a port, a list of all commands): their shape is Redis's, if not every byte.

import LabKit
import Shared
import Testing

@Suite("Redis: shapes", .enabled(if: RedisServer.isInstalled, RedisServer.isMissing))
struct RedisShapeTests {
    /// The replies of both to the same requests, Redis's first.
    private func replies(_ requests: [String], of servers: RedisComparison) throws -> [(RedisReply, RedisReply)] {
        let stream = (requests + ["QUIT"]).flatMap { RedisRequest($0).array }
        let (redis, stage) = try servers.outcomes(stream, .whole, until: .closedByServer)
        let first = try #require(RedisReply.decodeAll(redis.bytes))
        let second = try #require(RedisReply.decodeAll(stage.bytes))
        try #require(first.count == requests.count + 1 && second.count == first.count)
        return Array(zip(first, second).dropLast())
    }

    private static let hellos = ["HELLO 2", "HELLO 3"]

    @Test(arguments: RedisCommandTests.stages, hellos) func info(stage: Stage, hello: String) throws {
        let servers = try RedisComparison(stage)
        let sections = [
            "INFO", "INFO server", "INFO SERVER clients", "INFO all", "INFO everything", "INFO keyspace",
        ]
        for (redis, stage) in try replies([hello, "SET k v"] + sections, of: servers).dropFirst(2) {
            #expect(redis.sign == stage.sign)
            // Every section of the stage is one of Redis's, and every line is `name:value`, as there.
            let (known, lines) = (Set(redis.lines), stage.lines)
            for line in lines where line.hasPrefix("#") { #expect(known.contains(line)) }
            #expect(lines.allSatisfy { $0.isEmpty || $0.hasPrefix("#") || $0.contains(":") })
            #expect(lines.contains("redis_version:7.0.15") == known.contains("redis_version:7.0.15"))
        }
        let keyspace = try replies(["SET k v EX 100000", "SET m v", "INFO keyspace"], of: servers)[2]
        #expect(keyspace.1.lines.prefix(2) == ["# Keyspace", "db0:keys=2,expires=1"])
        #expect(keyspace.0.lines[1].hasPrefix("db0:keys=2,expires=1,"))
    }

    @Test(arguments: RedisCommandTests.stages, hellos) func command(stage: Stage, hello: String) throws {
        let servers = try RedisComparison(stage)
        let all = try replies([hello, "COMMAND", "COMMAND INFO", "COMMAND COUNT"], of: servers)
        for (redis, stage) in all { #expect(redis.sign == stage.sign) }
        let list = all[1].1
        #expect(list == all[2].1)
        #expect(all[3].1.number == list.elements.count)
        let names = list.elements.map { $0.elements[0].text }
        // What each command is: as Redis says it, but for what nothing here depends on.
        let infos = try replies([hello, "COMMAND INFO \(names.joined(separator: " "))"], of: servers)[1]
        #expect(infos.1.elements == list.elements)
        for (redis, stage) in zip(infos.0.elements, infos.1.elements) {
            try #require(redis.elements.count == stage.elements.count, "\(stage)")
            #expect(redis.elements.map(\.sign) == stage.elements.map(\.sign), "\(stage)")
            for index in [0, 1, 3, 4, 5] { #expect(redis.elements[index] == stage.elements[index], "\(stage)") }
            let flags = Set(redis.elements[2].elements.map(\.text))
            for flag in stage.elements[2].elements { #expect(flags.contains(flag.text), "\(stage)") }
            #expect(stage.elements[2].elements.allSatisfy { $0.sign == UInt8(ascii: "+") })
        }
    }

    @Test(arguments: RedisCommandTests.stages, hellos) func configuration(stage: Stage, hello: String) throws {
        let servers = try RedisComparison(stage)
        for pattern in ["*", "max*", "APPEND*", "port bind save", "proto-max-bulk-len *limit"] {
            let (redis, stage) = try replies([hello, "CONFIG GET \(pattern)"], of: servers)[1]
            #expect(redis.sign == stage.sign)
            #expect(!stage.elements.isEmpty)
            for index in stride(from: 0, to: stage.elements.count, by: 2) {
                let name = stage.elements[index].text
                let value = try #require(redis[name], "Redis has no \(name)")
                #expect(name == "port" || value == stage.elements[index + 1], "\(name)")
            }
        }
    }

    @Test(arguments: RedisCommandTests.stages) func identity(stage: Stage) throws {
        let servers = try RedisComparison(stage)
        let all = try replies(["HELLO", "CLIENT ID", "HELLO 3", "CLIENT ID"], of: servers)
        for (redis, stage) in [all[0], all[2]] {
            #expect(redis.sign == stage.sign)
            #expect(redis["id"] == all[1].0 && stage["id"] == all[1].1)
        }
        let later = try replies(["CLIENT ID"], of: servers)[0]
        #expect(later.0.number! > all[1].0.number!)
        #expect(later.1.number! > all[1].1.number!)
    }
}

extension RedisReply {
    /// Of a text: its lines.
    fileprivate var lines: [String] {
        text.split(separator: "\r\n", omittingEmptySubsequences: false).map { String($0) }
    }
}
