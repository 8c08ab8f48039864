// The commands about the server and the connection, and what is said about commands that there are not.

import Testing

@testable import Shared

@Suite("Commands on the server") struct ServerCommandTests {
    @Test func simpleOnes() {
        var client = CommandRunner()
        client.expect([
            "PING": "+PONG", "ping hello": "$5\r\nhello", "ECHO hello": "$5\r\nhello",
            "PING a b": "-ERR wrong number of arguments for 'ping' command",
            "ECHO": "-ERR wrong number of arguments for 'echo' command",
            "SET k v": "+OK", "FLUSHALL": "+OK", "DBSIZE": ":0",
            "SET k v EX 10": "+OK", "flushdb async": "+OK", "DBSIZE": ":0", "FLUSHALL SYNC": "+OK",
            "FLUSHALL now": "-ERR syntax error", "FLUSHDB sync async": "-ERR syntax error",
            "DBSIZE 0": "-ERR wrong number of arguments for 'dbsize' command",
            "SELECT 0": "+OK", "SELECT 1": "-ERR DB index is out of range",
            "SELECT -1": "-ERR DB index is out of range",
            "SELECT x": "-ERR value is not an integer or out of range",
            "SELECT 2147483648": "-ERR value is out of range, value must between -2147483648 and 2147483647",
        ])
        #expect(client.session.isEnding == false)
        client.expect(["QUIT now": "+OK"])
        #expect(client.session.isEnding == true)
        #expect(client.store.requestCount > 0)
    }

    @Test func unknownCommands() {
        var client = CommandRunner()
        let name = String(repeating: "n", count: 200)
        let long = String(repeating: "a", count: 100)
        client.expect([
            "nope": "-ERR unknown command 'nope', with args beginning with: ",
            "nope a 'b c'": "-ERR unknown command 'nope', with args beginning with: 'a' 'b c' ",
            "\"\"": "-ERR unknown command '', with args beginning with: ",
            "\"GET\\r\\n+OK\" \"\\r\"": "-ERR unknown command 'GET  +OK', with args beginning with: ' ' ",
            "\"GET\\x00\" \"a\\x00b\"": "-ERR unknown command 'GET', with args beginning with: 'a' ",
            name: "-ERR unknown command '\(name.prefix(128))', with args beginning with: ",
            "nope \(long) \(long) \(long)":
                "-ERR unknown command 'nope', with args beginning with: '\(long)' '\(long.prefix(25))' ",
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

    @Test func client() {
        var client = CommandRunner()
        let id = client.session.id
        let special = "-ERR Client names cannot contain spaces, newlines or special characters."
        client.expect([
            "CLIENT ID": ":\(id)", "CLIENT GETNAME": "$-1", "CLIENT SETNAME me": "+OK", "client getname": "$2\r\nme",
            "CLIENT SETNAME 'not me'": special, "CLIENT SETNAME \"a\\x7f\"": special, "CLIENT GETNAME": "$2\r\nme",
            "CLIENT SETNAME \"\"": "+OK", "CLIENT GETNAME": "$-1",
            "CLIENT": "-ERR wrong number of arguments for 'client' command",
            "CLIENT ID 1": "-ERR wrong number of arguments for 'client|id' command",
            "CLIENT GETNAME 1": "-ERR wrong number of arguments for 'client|getname' command",
            "CLIENT SETNAME": "-ERR wrong number of arguments for 'client|setname' command",
            "CLIENT SETINFO lib-name x": "-ERR unknown subcommand 'SETINFO'. Try CLIENT HELP.",
        ])
    }

    @Test func command() {
        var client = CommandRunner()
        let get = "*10\r\n$3\r\nget\r\n:2\r\n*2\r\n+readonly\r\n+fast\r\n:1\r\n:1\r\n:1\r\n*0\r\n*0\r\n*0\r\n*0"
        client.expect([
            "COMMAND COUNT": ":47", "COMMAND INFO get none": "*2\r\n\(get)\r\n$-1",
            "COMMAND DOCS": "-ERR unknown subcommand 'DOCS'. Try COMMAND HELP.",
            "COMMAND COUNT 1": "-ERR wrong number of arguments for 'command|count' command",
            "COMMAND NONE": "-ERR unknown subcommand 'NONE'. Try COMMAND HELP.",
        ])
        let all = client.run("COMMAND")
        #expect(all.starts(with: bytes("*47\r\n*10\r\n$3\r\nget\r\n:2\r\n")))
        #expect(client.run("COMMAND INFO") == all)
    }

    @Test func config() {
        var client = CommandRunner()
        client.expect([
            "CONFIG GET save": "*2\r\n$4\r\nsave\r\n$0\r\n",
            "CONFIG GET appendonly": "*2\r\n$10\r\nappendonly\r\n$2\r\nno",
            "CONFIG GET maxmemor?": "*2\r\n$9\r\nmaxmemory\r\n$1\r\n0",
            "CONFIG GET PORT": "*2\r\n$4\r\nPORT\r\n$4\r\n7379", "CONFIG GET PORT?": "*0",
            "CONFIG GET none port port": "*2\r\n$4\r\nport\r\n$4\r\n7379",
            "CONFIG GET none": "*0",
            "CONFIG": "-ERR wrong number of arguments for 'config' command",
            "CONFIG GET": "-ERR wrong number of arguments for 'config|get' command",
            "CONFIG SET a b": "-ERR Unknown option or number of arguments for CONFIG SET - 'a'",
            "CONFIG SET port 1":
                "-ERR CONFIG SET failed (possibly related to argument 'port') - can't set immutable config",
        ])
        #expect(client.run("CONFIG GET *").starts(with: bytes("*28\r\n")))
    }

    /// Each argument is compared with all there is: a million of them would hold everybody up for seconds.
    @Test(arguments: ["CONFIG GET", "CONFIG SET", "INFO", "COMMAND INFO"])
    func aQuestionHasALimit(_ command: String) {
        var client = CommandRunner()
        let start = command.split(separator: " ").map { bytes(String($0)) }
        let most = start + Array(repeating: bytes("a"), count: 1024 - start.count)
        #expect(text(client.run(most)) != "-ERR too many arguments\r\n")
        #expect(text(client.run(most + [bytes("a"), bytes("a")])) == "-ERR too many arguments\r\n")
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

    @Test func info() {
        var client = CommandRunner()
        client.expect(["INFO keyspace": "$12\r\n# Keyspace\r\n", "SET k v EX 10": "+OK", "SET l v": "+OK"])
        client.expect(["info KEYSPACE": "$34\r\n# Keyspace\r\ndb0:keys=2,expires=1\r\n", "INFO none": "$0\r\n"])
        let all = text(client.run("INFO"))
        for line in ["# Server", "redis_version:7.0.15", "tcp_port:7379", "# Clients", "# Stats", "maxmemory:0"] {
            #expect(all.contains("\(line)\r\n"))
        }
        #expect(text(client.run("INFO everything")).contains("db0:keys=2"))
    }

    @Test func hello() {
        var client = CommandRunner()
        let two = text(client.run("HELLO"))
        #expect(two.hasPrefix("*14\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$6\r\n7.0.15\r\n"))
        #expect(two.contains("$5\r\nproto\r\n:2\r\n$2\r\nid\r\n:\(client.session.id)\r\n"))
        #expect(two.hasSuffix("$7\r\nmodules\r\n*0\r\n"))
        client.expect([
            "HELLO 4": "-NOPROTO unsupported protocol version", "HELLO 1": "-NOPROTO unsupported protocol version",
            "HELLO x": "-ERR Protocol version is not an integer or out of range",
            "HELLO 3 AUTH": "-ERR Syntax error in HELLO option 'AUTH'",
            "HELLO 3 SETNAME": "-ERR Syntax error in HELLO option 'SETNAME'",
            "HELLO 3 \"a\\nb\"": "-ERR Syntax error in HELLO option 'a b'",
            "HELLO 3 AUTH other x": "-WRONGPASS invalid username-password pair or user is disabled.",
            "HELLO 3 SETNAME 'a b'": "-ERR Client names cannot contain spaces, newlines or special characters.",
            "GET k": "$-1",
        ])
        #expect(text(client.run("HELLO 3 AUTH default any SETNAME me")).hasPrefix("%7\r\n$6\r\nserver\r\n"))
        #expect(text(client.run("GET k")) == "_\r\n", "HELLO 3 chooses RESP3, in which null is _")
        client.expect(["CLIENT GETNAME": "$2\r\nme"])
        #expect(text(client.run("HELLO 2")) == two)
        client.expect(["GET k": "$-1"])
    }
}
