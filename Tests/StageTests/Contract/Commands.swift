// What a server replies about itself. The other commands' replies are in Lab/Kit/Check/CommandReplies.swift.

import LabKit
import Shared
import Testing

extension Contract {
    static let commandClauses = [
        Clause("commands about the server get their replies", serverCommands),
        Clause("HELLO, INFO, COMMAND and CONFIG describe the server", description),
    ]

    /// How many commands there are.
    private static let commandCount = 47

    private static func serverCommands(_ server: ServerProcess, _ stage: Stage) throws {
        let client = try server.newClient()
        for (request, expected) in serverConversation {
            let reply = try client.ask(request)
            #expect(expected.allows(reply, in: stage.wireProtocol), "\(request): \(reply)")
        }
    }

    private static func description(_ server: ServerProcess, _ stage: Stage) throws {
        let client = try server.newClient()
        let port = "\(server.port)"
        #expect(try client.ask("CONFIG GET port") == .array([.string("port"), .string(port)]))
        let info = try #require(try client.ask("INFO").text)
        for line in ["tcp_port:\(port)", "server_name:\(stage.name)", "connected_clients:1"] {
            #expect(info.contains("\(line)\r\n"), "\(info)")
        }
        guard case .array(let commands) = try client.ask("COMMAND") else { throw GaveUp(what: "COMMAND's list") }
        #expect(commands.count == commandCount)
        guard case .array(let fields) = try client.ask("HELLO 2") else { throw GaveUp(what: "HELLO's list") }
        #expect(fields.count == 14 && fields[4...5] == [.string("proto"), .integer(2)])
        if stage.wireProtocol == .lengthPrefixed { return }
        // The same in RESP3, which has maps, and nulls of its own.
        guard case .map(let pairs) = try client.ask("HELLO 3") else { throw GaveUp(what: "HELLO's map") }
        #expect(pairs[2] == [.string("proto"), .integer(3)])
        try client.send("GET nobody")
        #expect(try client.receiveBytes() == "_\r\n".bytes)
    }

    private static let serverConversation: [(String, ExpectedReply)] = [
        ("SELECT 0", .ok), ("SELECT 1", .error("ERR DB index is out of range")), ("SELECT a", .notAnInteger),
        ("CONFIG GET databases", .list("databases", "1")), ("CONFIG GET nothing", .list()),
        ("CLIENT GETNAME", .null), ("CLIENT SETNAME me", .ok), ("CLIENT GETNAME", .text("me")),
        ("CLIENT ID", .number(1)), ("COMMAND COUNT", .number(Int64(commandCount))),
        ("COMMAND DOCS", .error("ERR unknown subcommand 'DOCS'. Try COMMAND HELP.")),
        ("AUTH default x", .ok),
        ("AUTH x y", .error("WRONGPASS invalid username-password pair or user is disabled.")),
        ("HELLO 4", .error("NOPROTO unsupported protocol version")),
        ("GET", .error("ERR wrong number of arguments for 'get' command")),
        ("DBSIZE now", .error("ERR wrong number of arguments for 'dbsize' command")),
        ("NOSUCH a b", .error("ERR unknown command 'NOSUCH', with args beginning with: 'a' 'b' ")),
        ("CLIENT NOSUCH", .error("ERR unknown subcommand 'NOSUCH'. Try CLIENT HELP.")),
    ]
}
