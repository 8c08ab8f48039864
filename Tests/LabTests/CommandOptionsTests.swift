import LabKit
import Testing

@testable import lab

@Suite("Command options") struct CommandOptionsTests {
    private let options = CommandOptions(
        command: "lab test", summary: "For the test.",
        options: [
            .init("--port", "PORT", "a number"), .init("--quick", nil, "a switch"), .init("--list", "N,...", "numbers"),
        ])

    @Test func takesValuesInBothForms() throws {
        let values = try #require(try options.parse(["--port", "7", "--list=1,2", "--quick"]))
        #expect(try values.number("--port", in: 0...9) == 7)
        #expect(try values.numbers("--list", in: 0...9) == [1, 2])
        #expect(values.has("--quick"))
    }

    @Test(arguments: [
        (["--por", "7"], "unknown option --por; --help lists the options"),
        (["--port"], "--port needs a value; --help lists the options"),
        (["--quick=1"], "--quick takes no value"),
        (["x"], "unknown option x; --help lists the options"),
    ])
    func refuses(_ arguments: [String], _ message: String) {
        #expect(throws: LabError(message)) { try options.parse(arguments) }
    }

    @Test(arguments: ["", "x", "10", "-1", "1.5"])
    func refusesNumbers(_ text: String) throws {
        let values = try #require(try options.parse(["--port", text]))
        #expect(throws: LabError("--port takes a number from 0 to 9, not '\(text)'")) {
            try values.number("--port", in: 0...9)
        }
    }

    @Test func helpIsNotAnError() throws {
        #expect(try options.parse(["--help"]) == nil)
        #expect(options.usage(width: 80).contains("  --port PORT"))
    }

    @Test func wordsEndTheOptions() throws {
        let options = CommandOptions(
            command: "lab test", summary: "", options: [.init("--port", "PORT", "")], words: "[word ...]")
        let values = try #require(try options.parse(["--port", "1", "SET", "a", "--port"]))
        #expect(values.words == ["SET", "a", "--port"])
    }
}
