// What of the commands about the server and the connection does not show beside a redis-server (StageTests/Redis).

import LabKit
import Testing

@testable import Shared

@Suite("Commands on the server") struct ServerCommandTests {
    @Test func quitEndsTheSession() {
        var client = CommandRunner()
        client.expect(["PING": "+PONG"])
        #expect(client.session.isEnding == false)
        client.expect(["QUIT now": "+OK"])
        #expect(client.session.isEnding == true)
    }

    /// What Redis has, and this has not.
    @Test func whatIsMissingIsAnErrorInItsWords() {
        var client = CommandRunner()
        client.expect([
            "COMMAND DOCS": "-ERR unknown subcommand 'DOCS'. Try COMMAND HELP.",
            "CONFIG SET port 1":
                "-ERR CONFIG SET failed (possibly related to argument 'port') - can't set immutable config",
        ])
    }

    @Test func aNameHasALimit() {
        var client = CommandRunner()
        let name = String(repeating: "n", count: 4096)
        client.expect([
            "CLIENT SETNAME \(name)": "+OK",
            "CLIENT SETNAME \(name)\(name)": "-ERR Client names cannot be longer than 4096 bytes.",
            "CLIENT GETNAME": "$4096\r\n\(name)",
        ])
    }

    /// A browser that was made to send a form: nothing of it is executed, and nothing is answered.
    @Test(arguments: ["POST / HTTP/1.1", "Host: 127.0.0.1:7379", "post"])
    func aBrowserIsNotAnswered(_ line: String) {
        for wireProtocol in [WireProtocol.resp2, .lengthPrefixed] {
            var client = CommandRunner(wireProtocol)
            #expect(client.run(line) == [])
            #expect(client.session.isEnding == true)
        }
    }

    /// Bit 5 tells small letters from capitals, and a colon from a control character.
    @Test func whatOnlyResemblesABrowserIsAnUnknownCommand() {
        var client = CommandRunner()
        #expect(text(client.run([bytes("host\u{1a}")])).hasPrefix("-ERR unknown command"))
        #expect(client.session.isEnding == false)
        #expect(client.run([bytes("host:\0 and whatever")]) == [])
        #expect(client.session.isEnding == true)
    }

    /// To look at long ones would take long: no setting and no section has such a name.
    @Test func longNamesAreNotLookedAt() {
        var client = CommandRunner()
        client.expect([
            "CONFIG GET \(String(repeating: "*", count: 129))": "*0",
            "INFO \(String(repeating: "all", count: 50))": "$0\r\n",
        ])
        #expect(client.run("CONFIG GET \(String(repeating: "*", count: 128))").count > 100)
    }

    /// No name is mistaken for another, whatever its case.
    @Test func everyCommandIsFound() {
        let table = CommandTable()
        for (index, command) in Command.all.enumerated() {
            let name = "\(command.name)"
            for spelling in [name, name.uppercased(), name.prefix(1).uppercased() + name.dropFirst()] {
                #expect(table.find(spelling.utf8.span) == UInt8(index))
            }
            #expect(table.find("\(name)x".utf8.span) == nil)
            #expect(table.find(String(name.dropLast()).utf8.span) != UInt8(index))
        }
        #expect(Command.all.count == 47)
        // Bytes that a comparison of letters alone might take for letters.
        #expect(table.find("\u{7}ET".utf8.span) == nil)
        #expect(table.find([UInt8(ascii: "G") | 0x80, 0x45, 0x54].span) == nil)
    }

    /// Each argument is compared with all there is: a million of them would hold everybody up for seconds.
    @Test(arguments: ["CONFIG GET", "CONFIG SET", "INFO", "COMMAND INFO"])
    func aQuestionHasALimit(_ command: String) {
        var client = CommandRunner()
        let most = command + String(repeating: " a", count: 1024 - command.words.count)
        #expect(text(client.run(most)) != "-ERR too many arguments\r\n")
        client.expect(["\(most) a a": "-ERR too many arguments"])
    }

    /// A name may be asked for in every spelling it has; each is looked up once, and not compared with all others.
    @Test func configInManySpellings() {
        var client = CommandRunner()
        let name = "client-query-buffer-limit"
        let spellings = (0..<500).map { number in
            name.enumerated().map { index, letter in number >> index & 1 == 1 ? letter.uppercased() : "\(letter)" }
                .joined()
        }
        // Where bit 6 stands is a hyphen, which has no capital: some numbers give the same spelling.
        let reply = client.run([bytes("CONFIG"), bytes("GET")] + spellings.map { bytes($0) })
        #expect(reply.starts(with: bytes("*\(Set(spellings).count * 2)\r\n")))
    }

    @Test func hello() {
        var client = CommandRunner()
        client.expect(["GET k": "$-1"])
        #expect(text(client.run("HELLO 3 AUTH default any SETNAME me")).hasPrefix("%7\r\n$6\r\nserver\r\n"))
        #expect(text(client.run("GET k")) == "_\r\n", "HELLO 3 chooses RESP3, in which null is _")
        client.expect(["CLIENT GETNAME": "$2\r\nme"])
        #expect(text(client.run("HELLO 2")).contains("$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:\(client.session.id)\r\n"))
        client.expect(["GET k": "$-1"])
    }
}
