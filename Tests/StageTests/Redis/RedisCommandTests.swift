// Stages 4 and 5, and what is built from 5, beside a redis-server: the same requests, the same bytes back.

import LabKit
import Testing

@Suite("Redis: commands", .enabled(if: RedisServer.isInstalled, RedisServer.isMissing))
struct RedisCommandTests {
    static let stages = [Stage.epoll, .pipelining, .cores, .uring].filter { $0.obstacle == nil }

    /// Every script as one write, torn in random pieces, byte by byte, and as inline requests.
    @Test(arguments: stages, RedisScripts.groups.keys.sorted()) func scripts(stage: Stage, group: String) throws {
        let servers = try RedisComparison(stage)
        for (name, requests) in try #require(RedisScripts.groups[group]) {
            for pieces in [Pieces.whole, .random(seed: 7), .bytes] {
                let difference = try servers.compare(requests, pieces)
                #expect(difference == nil, "\(name), \(pieces)")
                if difference != nil { break }
            }
            let difference = try servers.compare(requests, .whole, encode: \.line)
            #expect(difference == nil, "\(name), inline")
        }
    }

    /// With no room for another byte, both refuse the same commands in the same words.
    @Test(arguments: stages) func fullMemory(stage: Stage) throws {
        let servers = try RedisComparison(
            stage, redisOptions: ["--maxmemory", "1"], stageOptions: ["--max-memory", "1"])
        let requests = RedisScripts.requests(
            """
            SET k v; SET k; SET k v foo; GET k; APPEND k v; INCR k; DECR k; INCRBY k 1; DECRBY k x; MSET k v; MSET k;
            MGET k m; DEL k; EXISTS k; EXPIRE k 100000; PERSIST k; TTL k; TYPE k; STRLEN k; DBSIZE; FLUSHALL; PING;
            ECHO a; SELECT 0; CLIENT GETNAME; CONFIG GET maxmemory; nosuch; HELLO 3; SET k v; GET k; SETNX k v;
            SETEX k 100000 v; PSETEX k 1 v; GETSET k v; GETEX k; GETDEL k; UNLINK k; TOUCH k; KEYS *; SCAN 0;
            AUTH default x; MULTI; GET k; MULTI; EXEC; MULTI; DISCARD; MULTI; EXEC; MULTI; PING; SET k v; EXEC x; EXEC;
            CONFIG SET maxmemory 0; SET k v; CONFIG SET maxmemory 1; SET k v
            """
        )
        let difference = try servers.compare(requests, .whole)
        #expect(difference == nil)
    }

    /// One connection is the comparison's own; the second is taken, and the third is one too many.
    @Test(arguments: stages) func tooManyConnections(stage: Stage) throws {
        let servers = try RedisComparison(
            stage, redisOptions: ["--maxclients", "2"], stageOptions: ["--max-connections", "2"])
        let clients = [try servers.redis.connect(), try servers.stage.newClient()]
        for client in clients { #expect(try client.ask("PING") == stage.pong) }
        for stream in ["", "PING\r\n"] {
            let difference = try servers.compareClosing(stream.bytes, .whole)
            #expect(difference == nil)
        }
        for client in clients { #expect(try client.ask("PING") == stage.pong) }
    }
}
