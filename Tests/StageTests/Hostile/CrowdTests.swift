// Crowds: ten thousand who only stay, and thousands who come and go in every bad manner there is. Nothing is left of
// them in the server afterwards, and every client that behaves is answered throughout.

@preconcurrency import Glibc
import LabKit
import Shared
import Testing

extension HostileSuites {
    @Suite("Hostile crowds", .serialized) struct CrowdTests {
        /// How many to open: ten thousand but for a few, as far as descriptors go. The rest is left to the
        /// tests that run beside this one.
        private func crowdSize(_ stage: Stage) -> Int {
            let wanted = Sanitizer.isOn ? 500 : stage == .threads ? 1000 : 9900
            return min(wanted, max(100, DescriptorLimit.raise() / 2))
        }

        /// Twice the same crowd: what a server keeps of the first it can use for the second, so the second must add
        /// nothing to it.
        @Test(arguments: Stage.concurrent)
        func thousandsStayAndOneIsServed(_ stage: Stage) throws {
            let size = crowdSize(stage)
            try withServer(stage) { server in
                let active = try server.servedClient()
                let before = try server.facts
                try gather(size, at: server, before, stage, active)
                Hostile.report(stage, "a crowd of \(size) leaves \(try server.growth(since: before))")
                let after = try server.facts
                try gather(size, at: server, after, stage, active)
                try server.expectGrowth(since: after, atMost: 4 * Hostile.megabyte, "a second one leaves more")
            }
        }

        private func gather(
            _ size: Int, at server: ServerProcess, _ before: ProcessFacts, _ stage: Stage, _ active: TestClient
        ) throws {
            let crowd = IdleConnections(port: server.port)
            var count = 0
            while count < size {
                count = min(size, count + 100)
                let obstacle = crowd.open(upTo: count)
                try #require(obstacle == nil, "\(count): \(obstacle ?? "")")
                #expect(try active.call(["ECHO".bytes, "\(count)".bytes]) == .string("\(count)"))
            }
            try server.expectConnections(size + 1, stage)
            #expect(crowd.openCount == size)
            #expect(try active.ask("PING") == stage.pong)
            Hostile.report(stage, "\(size) connections take \(try server.growth(since: before))")
            crowd.close()
            try server.expectConnections(1, stage)
            #expect(try active.ask("PING") == stage.pong)
        }

        /// In every manner: silent, with half a request, resetting in the middle, without reading a reply, with
        /// garbage. `HOSTILE_SCALE=20` makes 100,000 of them.
        @Test(arguments: Stage.built)
        func thousandsComeAndGo(_ stage: Stage) throws {
            let count = Hostile.count(5000)
            try withServer(stage) { server in
                // A busy kernel throws packets away, and a reset is not sent again. A server cannot know then that the
                // client has gone before it asks.
                server.hastenKeepAlive()
                try visit(count / 2, server, stage)
                try server.expectConnections(0, stage)
                let middle = try server.facts
                try visit(count / 2, server, stage)
                try server.expectConnections(0, stage)
                try server.expectGrowth(
                    since: middle, atMost: 4 * Hostile.megabyte, "\(count / 2) visits more leave")
                try server.expectService(stage)
            }
        }

        private func visit(_ count: Int, _ server: ServerProcess, _ stage: Stage) throws {
            var random = SplitMix(seed: 20_240_229)
            var visitors: [TestClient] = []
            for index in 0..<count {
                visitors.append(try visitor(index, server, stage, &random))
                // Some of them overlap; in stage 1 they wait for each other.
                if visitors.count == 8 { visitors.removeAll() }
                if index % 500 == 499 {
                    visitors.removeAll()
                    try server.expectService(stage)
                }
            }
        }

        /// A client that has misbehaved, and stays until it is released.
        private func visitor(
            _ index: Int, _ server: ServerProcess, _ stage: Stage, _ random: inout SplitMix
        ) throws -> TestClient {
            let client = try server.newClient()
            let request = stage.encode("SET key value")
            let part = request.prefix(index / 8 % (request.count + 1))
            // Whether it all gets through does not matter: some of them are closed by the server.
            switch index % 8 {
            case 6:
                _ = client.sendNow((0..<64).map { _ in UInt8(truncatingIfNeeded: random.next()) }[...])
                client.endSending()
            case 7:
                var damaged = request + request
                damaged[Int(random.next() % UInt64(damaged.count))] ^= UInt8(1 << (random.next() % 8))
                _ = client.sendNow(damaged[...])
            case let manner:
                _ = client.sendNow([[], part, (request + request + part)[...]][manner / 2])
                if manner % 2 == 1 { client.reset() }
            }
            return client
        }
    }
}
