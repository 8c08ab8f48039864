// How a client can leave: politely, in the middle of a request, or by a reset. None of it may touch anyone else.

import LabKit
import Shared
import Testing

extension Contract {
    static let endingClauses = [
        Clause("after a half-close, replies to what was sent still come", halfClose),
        Clause("a half-close within a request ends only the connection", halfCloseWithinRequest),
        Clause("a client that leaves within a request, at any byte, takes nothing with it", endWithinRequest),
        Clause("a reset at any point of a request's life ends only the connection", resets),
        Clause("connections closed before they are accepted do no harm", goneBeforeAccept),
        Clause("writing to a client that has gone does not end the server (SIGPIPE)", brokenPipe),
        Clause("clients that have left leave nothing behind", nothingIsLeft),
        Clause("clients that have vanished without a word are found out: SO_KEEPALIVE", vanishedPeers),
    ]

    private static func halfClose(_ stage: Stage) throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            let value = [UInt8](repeating: 7, count: 300_000)
            #expect(try client.call(["SET".bytes, "big".bytes, value]) == stage.ok)
            try client.send(bytes: (0..<200).flatMap { _ in stage.encode("INCR n") } + stage.encode("GET big", "PING"))
            client.endSending()
            for number in 1...200 { #expect(try client.receive() == .integer(Int64(number))) }
            #expect(try client.receive() == .string(value))
            #expect(try client.receive() == stage.pong)
            try client.expectEnd()
            try server.expectService(stage)
        }
    }

    private static func halfCloseWithinRequest(_ stage: Stage) throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            try client.send(bytes: stage.encode("INCR n") + stage.encode("INCR n").dropLast())
            client.endSending()
            #expect(try client.receive() == .integer(1))
            try client.expectEnd()
            let other = try server.newClient()
            #expect(try other.ask("GET n") == .string("1"), "the second request never was whole")
        }
    }

    private static func endWithinRequest(_ stage: Stage) throws {
        try withServer(stage) { server in
            let descriptors = try server.facts.descriptors
            let request = stage.encode("SET key value")
            for count in 0..<request.count {
                let client = try server.newClient()
                try server.untilRead(count) { try client.send(bytes: Array(request[..<count])) }
            }
            try eventually("their descriptors are closed") { try server.facts.descriptors == descriptors }
            let client = try server.newClient()
            #expect(try client.ask("GET key") == .null)
        }
    }

    private static func resets(_ stage: Stage) throws {
        let value = [UInt8](repeating: 7, count: 8 << 20)
        try withServer(stage) { server in
            let descriptors = try server.facts.descriptors
            let first = try server.newClient()
            #expect(try first.call(["SET".bytes, "big".bytes, value]) == stage.ok)
            first.reset()
            let request = stage.encode("GET big")
            // Right away; within a request; when it was sent; in the middle of its reply, once and twice; afterwards.
            for point in 0..<6 {
                let client = try server.newClient()
                switch point {
                case 0: break
                case 1: try server.untilRead(9) { try client.send(bytes: Array(request[..<9])) }
                case 2: try client.send(bytes: request)
                case 3, 4:
                    for _ in 3...point { try client.send(bytes: request) }
                    _ = try client.receiveBytes()
                default: #expect(try client.ask("PING") == stage.pong)
                }
                client.reset()
                try server.expectService(stage)
            }
            try eventually("their descriptors are closed") { try server.facts.descriptors == descriptors }
        }
    }

    private static func goneBeforeAccept(_ stage: Stage) throws {
        try withServer(stage) { server in
            try server.pause()
            for number in 0..<12 {
                let client = try server.newClient()
                if number % 3 == 1 { try client.send("PING") }
                if number % 2 == 0 { client.reset() }
            }
            let client = try server.newClient()
            try client.send("PING")
            server.resume()
            #expect(try client.receive() == stage.pong)
        }
    }

    private static func brokenPipe(_ stage: Stage) throws {
        let value = [UInt8](repeating: 7, count: 8 << 20)
        try withServer(stage) { server in
            let client = try server.newClient()
            #expect(try client.call(["SET".bytes, "big".bytes, value]) == stage.ok)
            client.limitReceiveBuffer()
            try client.send("GET big")
            client.endSending()
            _ = try client.receiveBytes()
            // The server is in the middle of a reply that does not fit. That the client has closed in both directions
            // is what makes `write` raise SIGPIPE; after a reset alone it reports ECONNRESET.
            try server.untilAsleep()
            client.reset()
            try server.expectService(stage)
        }
    }

    private static func nothingIsLeft(_ stage: Stage) throws {
        try withServer(stage) { server in
            let idle = try server.facts
            let request = ["ECHO".bytes, [UInt8](repeating: 7, count: 100_000)]
            let first = try server.newClient()
            #expect(try first.call(request) == .string(request[1]))
            first.close()
            try eventually("the first has left") { try server.facts.descriptors == idle.descriptors }
            if stage == .threads { try server.untilThreads(1) }
            let before = try server.facts
            for number in 0..<300 {
                let client = try server.newClient()
                #expect(try client.call(request) == .string(request[1]))
                if number % 2 == 0 { client.reset() }
            }
            try eventually("descriptors and threads are as before") {
                let now = try server.facts
                return now.descriptors == before.descriptors && now.threads == before.threads
            }
            let growth = try server.facts.residentMemory - before.residentMemory
            if Sanitizer.prevents("memory", because: "a sanitizer keeps what was freed") { return }
            // A buffer left behind by each would be 30 MB.
            #expect(growth < 8 << 20, "\(growth) bytes after 300 clients, \(before.residentMemory) before")
        }
    }

    /// As many as there may be. After them nobody would ever be let in again. (The servers ask after a minute, and give up
    /// after two; here they are made to hurry.)
    private static func vanishedPeers(_ stage: Stage) throws {
        let count = stage.isConcurrent ? 4 : 1
        try withServer(stage, ["--max-connections", "\(count)"]) { server in
            guard server.hastenKeepAlive() else {
                return print("skipped: clients of \(stage) that vanish, because its sockets are out of reach here")
            }
            let clients = try (0..<count).map { _ in try server.newClient() }
            for client in clients { #expect(try client.ask("PING") == stage.pong) }
            for client in clients { try client.vanish() }
            try eventually("there is room for another client") {
                (try? server.newClient().ask("PING")) == stage.pong
            }
            try server.expectConnections(0, stage)
            extendLifetime(clients)
        }
    }
}
