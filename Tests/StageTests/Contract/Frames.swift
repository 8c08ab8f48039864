// TCP carries bytes, not messages: one request may come in many pieces, and many requests in one.

import LabKit
import Shared
import Testing

extension Contract {
    static let frameClauses = [
        Clause("requests that arrive byte by byte are answered", byteByByte),
        Clause("requests that are torn at any place are answered", everySplit),
        Clause("many requests in one write are all answered, in order", manyInOneWrite),
        Clause("large requests and replies among small ones keep their order", mixedSizes),
        Clause("the longest request is served, a longer one refused", maxRequestLength),
        Clause("a declared size costs nothing before the bytes arrive", declaredSizes),
    ]

    private static func byteByByte(_ stage: Stage) throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            for byte in stage.encode("SET key value", "GET key", "INCR n", "PING") {
                try server.untilRead(1) { try client.send(bytes: [byte]) }
            }
            #expect(try client.receive() == stage.ok)
            #expect(try client.receive() == .string("value"))
            #expect(try client.receive() == .integer(1))
            #expect(try client.receive() == stage.pong)
        }
    }

    private static func everySplit(_ stage: Stage) throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            let conversation = stage.encode("INCR n", "ECHO hello", "PING")
            for split in 1..<conversation.count {
                try server.untilRead(split) { try client.send(bytes: Array(conversation[..<split])) }
                try client.send(bytes: Array(conversation[split...]))
                #expect(try client.receive() == .integer(Int64(split)), "torn after \(split) bytes")
                #expect(try client.receive() == .string("hello"))
                #expect(try client.receive() == stage.pong)
            }
        }
    }

    private static func manyInOneWrite(_ stage: Stage) throws {
        let count = 3000
        try withServer(stage) { server in
            let client = try server.newClient()
            try client.send(bytes: (1...count).flatMap { _ in stage.encode("INCR n") })
            var answered = 0
            while answered < count, case .integer(Int64(answered + 1))? = try? client.receive() { answered += 1 }
            #expect(answered == count, "of so many requests in one write, the first \(answered) were answered rightly")
            if answered < count { return }
            #expect(!client.hasInput)
            #expect(try client.ask("PING") == stage.pong)
        }
    }

    private static func mixedSizes(_ stage: Stage) throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            var bytes: [UInt8] = []
            let values = (1...20).map { [UInt8](repeating: UInt8($0), count: $0 * $0 * 700 % 90_000) }
            for (index, value) in values.enumerated() {
                bytes += stage.encode(["SET".bytes, "key".bytes, value]) + stage.encode("INCR n", "GET key")
                if index % 5 == 4 { bytes += stage.encode("PING") }
            }
            // By a thread of its own: the server may stop reading until its replies are read.
            client.sendInBackground(bytes)
            for (index, value) in values.enumerated() {
                #expect(try client.receive() == stage.ok)
                #expect(try client.receive() == .integer(Int64(index + 1)))
                #expect(try client.receive() == .string(value))
                if index % 5 == 4 { #expect(try client.receive() == stage.pong) }
            }
            #expect(try client.ask("PING") == stage.pong)
        }
    }

    private static func maxRequestLength(_ stage: Stage) throws {
        try withServer(stage) { server in
            let client = try server.newClient()
            if stage.wireProtocol == .lengthPrefixed {
                // What is around the value: three lengths, "SET", "k", and the count.
                let value = [UInt8](repeating: 7, count: LengthPrefixedCodec.maxFrameLength - 20)
                client.sendInBackground(stage.encode(["SET".bytes, "k".bytes, value]) + stage.encode("STRLEN k"))
                let set = try client.receive()
                #expect(set == stage.ok, "the longest frame")
                #expect(try client.receive() == .integer(Int64(value.count)))
                let most = LengthPrefixedCodec.maxArguments
                let keys = [[UInt8]](repeating: "nobody".bytes, count: most - 1)
                #expect(try client.call(["EXISTS".bytes] + keys) == .integer(0))
                try client.send(["EXISTS", "nobody"].map(\.bytes) + keys)
                let refusal = try client.receive()
                #expect(refusal == .error("ERR Protocol error: too many arguments"), "one argument more than that")
            } else {
                let word = [UInt8](repeating: 7 + 48, count: RESPCodec.maxLineLength - 5)
                try client.send(bytes: "ECHO ".bytes + word + "\r\n".bytes)
                #expect(try client.receive() == .string(word))
                try client.send(bytes: "ECHO 12".bytes + word)
                #expect(try client.receive() == .error("ERR Protocol error: too big inline request"))
            }
            try client.expectEnd()
        }
    }

    private static func declaredSizes(_ stage: Stage) throws {
        let starts: [[UInt8]] =
            stage.wireProtocol == .lengthPrefixed
            ? [[0, 0, 0, 2], [0, 0, 0, 2, 0, 4, 0, 0], [0, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 1]]
            : ["*1000000000\r\n".bytes, "*2\r\n$536870912\r\n".bytes, "*2\r\n$4\r\nECHO\r\n$500000000\r\nab".bytes]
        try withServer(stage) { server in
            for start in starts {
                let client = try server.newClient()
                #expect(try client.ask("PING") == stage.pong)
                let memory = try server.facts.residentMemory
                try server.untilRead(start.count) { try client.send(bytes: start) }
                try server.untilAsleep()
                let growth = try server.facts.residentMemory - memory
                if !Sanitizer.prevents("memory", because: "a sanitizer allocates beside the program") {
                    #expect(growth < 2 << 20, "\(growth) bytes for \(start.count) that arrived")
                }
                #expect(!client.hasInput)
            }
            try server.expectService(stage)
        }
    }
}
