// What `lab check` asks of a server about its commands, asked of the store alone: in each protocol.

import Testing

@testable import LabKit
@testable import Shared

@Suite("Commands and their replies") struct CommandReplyTests {
    private static let requests =
        ExpectedReply.stringConversation + ExpectedReply.expiryConversation + ExpectedReply.valuesConversation
        + ExpectedReply.transactionConversation

    @Test(arguments: [WireProtocol.lengthPrefixed, .resp2, .resp3])
    func everyCommandGetsItsReply(_ wireProtocol: WireProtocol) throws {
        var client = CommandRunner(wireProtocol)
        var conversation = try Conversation(wireProtocol)
        for (request, expected) in Self.requests {
            try conversation.answer(client.run(request))
            let reply = try conversation.client.receive()
            #expect(expected.allows(reply, in: wireProtocol), "\(request): \(reply)")
        }
    }
}
