import LabKit
import Shared
import Testing

@testable import lab

@Suite("Timelines") struct TimelineTests {
    private let timeline = Timeline(
        client: "B",
        spans: [
            .init(.connecting, 0, 100), .init(.waiting, 100, 50_000), .init(.receiving, 50_000, 50_020),
            .init(.staying, 50_020, 100_000),
        ])

    @Test func timesAreThoseOfThePhases() {
        #expect(timeline.connectTime == 100)
        #expect(timeline.waitingTime == 49_900)
        #expect(timeline.replyStart == 50_000)
        #expect(timeline.end == 100_000)
        #expect(Timeline(client: "", spans: []).waitingTime == nil)
    }

    @Test func theReplyIsSeenHoweverShort() {
        #expect(timeline.line(scale: 100_000, width: 10) == "░░░░░█────")
        #expect(timeline.line(scale: 200_000, width: 10) == "░░█──")
    }

    @Test(arguments: [20, 40, 100]) func theAxisFits(_ width: Int) {
        let axis = Timeline.axis(scale: 1_300_000, width: width)
        #expect(axis.hasPrefix("0") && axis.contains("ms") && axis.count <= width + 8)
    }

    @Test func aRecorderGivesSpansAsTheyHappened() throws {
        let clients = SceneClients(["A", "B"], port: 0, .resp2)
        #expect(!clients.notes[0].isConnected && !clients.notes[0].hasLeft)
        clients.mark(0, .connecting)
        clients.mark(0, .waiting)
        #expect(clients.notes[0].isConnected && !clients.notes[0].hasLeft)
        clients.mark(0, .receiving)
        try clients.start(0) {}
        Clock.wait { clients.notes[0].hasLeft }
        clients.report(1, "no reply")
        #expect(clients.notes[0].hasLeft && clients.problems == ["B: no reply"])
        let timelines = clients.timelines
        #expect(timelines[0].spans.map(\.phase) == [.connecting, .waiting, .receiving])
        #expect(zip(timelines[0].spans, timelines[0].spans.dropFirst()).allSatisfy { $0.end == $1.start })
        #expect(timelines[1].spans.isEmpty)
    }
}
