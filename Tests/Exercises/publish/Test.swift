// Publish and subscribe.

import LabKit
import Shared
import Testing

@Suite("Publish", .serialized) struct Publish {
    private let stage = Stage.pipelining

    private func subscribe(_ server: ServerProcess, to channel: String = "news") throws -> TestClient {
        let client = try server.newClient()
        try client.expect("SUBSCRIBE \(channel)", .array([.string("subscribe"), .string(channel), .integer(1)]))
        return client
    }

    private func message(_ text: String) -> Reply {
        .array([.string("message"), .string("news"), .string(text)])
    }

    /// A message that does not come ends the test: others would be waited for as long.
    private func expectMessage(_ text: String, _ client: TestClient, _ sentence: String) throws {
        let reply = try? client.receive()
        check(reply == message(text), sentence + " It got \(reply?.testDescription ?? "nothing").")
        if reply != message(text) { throw GaveUp(what: sentence) }
    }

    @Test func aSubscriberGetsWhatIsPublished() throws {
        try withServer(stage) { server in
            let (reader, other, writer) = (
                try subscribe(server), try subscribe(server, to: "sport"), try server.newClient()
            )
            try writer.expect("PUBLISH news hello", .integer(1))
            try expectMessage(
                "hello", reader, "A message was published, and its subscriber sleeps. No event will send it: you must.")
            try other.send("PING")
            check(try other.receive() == stage.pong, "The subscriber of another channel got a message of this one.")
            try writer.expect("PUBLISH nobody hello", .integer(0))
        }
    }

    @Test func whoSubscribesTwiceGetsAMessageOnce() throws {
        try withServer(stage) { server in
            let (reader, writer) = (try subscribe(server), try server.newClient())
            _ = try reader.ask("SUBSCRIBE news")
            let count = try writer.ask("PUBLISH news once")
            check(count == .integer(1), "A client that subscribed twice was counted twice.")
            try expectMessage("once", reader, "A client that subscribed twice did not get the message.")
            check(try reader.ask("PING") == stage.pong, "A client that subscribed twice got a message twice.")
        }
    }

    @Test func aHundredSubscribersEachGetEveryMessageInOrder() throws {
        try withServer(stage) { server in
            let readers = try (0..<100).map { _ in try subscribe(server) }
            let writer = try server.newClient()
            _ = try writer.ask("PING")
            let cost = try server.calls {
                writer.sendInBackground((1...10).flatMap { stage.encode("PUBLISH news \($0)") })
                for _ in 1...10 {
                    let reply = try writer.receive()
                    guard reply == .integer(100) else {
                        return check(false, "PUBLISH reached \(reply.testDescription) of 100 subscribers.")
                    }
                }
                for reader in readers {
                    for number in 1...10 {
                        try expectMessage("\(number)", reader, "Message \(number) of 10 is missing.")
                    }
                }
            }
            tell("10 messages to 100 subscribers: \(cost.writes) writes for 1,000 deliveries")
            // More than the 101 of one turn: the ten may arrive in two pieces.
            check(
                cost.writes < 500,
                "1,000 deliveries took \(cost.writes) writes. Append all messages of a turn first, and then send.")
        }
    }

    @Test func oneThatHasLeftIsNotCounted() throws {
        try withServer(stage) { server in
            let (leaving, staying, writer) = (try subscribe(server), try subscribe(server), try server.newClient())
            leaving.close()
            try eventually("PUBLISH counts only the subscriber that is left") {
                try writer.ask("PUBLISH news hello") == .integer(1)
            }
            // Its number is the next client's now, who has subscribed to nothing.
            let new = try server.answeredClient()
            try writer.expect("PUBLISH news again", .integer(1))
            try new.expect("PING", stage.pong)
            _ = try staying.receive()
        }
    }

    /// Backpressure does not help: it does not send the requests whose replies it leaves unread.
    @Test func oneThatDoesNotReadIsCutOff() throws {
        try withServer(stage) { server in
            let (deaf, writer) = (try subscribe(server), try server.newClient())
            deaf.limitReceiveBuffer()
            let value = [UInt8](repeating: 7, count: 1 << 20)
            var published = 0
            while published < 200, try writer.call(["PUBLISH".bytes, "news".bytes, value]) == .integer(1) {
                published += 1
            }
            tell("a subscriber that reads nothing was cut off after \(published) MB")
            check(published > 8, "A subscriber was cut off, or not reached, after only \(published) MB.")
            check(published < 200, "200 MB were published to a client that reads nothing, and the server holds them.")
            try writer.expect("PING", stage.pong)
        }
    }

    /// The limit is not for those who get only what they ask for.
    @Test func anOrdinaryClientMayHaveMoreUnsent() throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            let long = [UInt8](repeating: 7, count: 48 << 20)
            check(try client.call(["SET".bytes, "long".bytes, long]) == stage.ok, "A value of 48 MB was not stored.")
            check(
                (try? client.ask("GET long")) == .string(long),
                "A client that has subscribed to nothing got no reply of 48 MB: the limit is for subscribers.")
        }
    }
}
