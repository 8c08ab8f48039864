// Limits of a request. That requests arrive in any pieces is asked in Lab/Kit/Check/RequestClauses.swift.

import LabKit
import Shared
import Testing

extension Contract {
    static let frameClauses = [
        Clause("the longest request is served, a longer one refused", maxRequestLength),
        Clause("a declared size costs nothing before the bytes arrive", declaredSizes),
    ]

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
