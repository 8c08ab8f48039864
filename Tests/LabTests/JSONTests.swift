import Foundation
import LabKit
import Testing

@Suite("Writing JSON") struct JSONTests {
    /// Reads with somebody else's parser what ours has written.
    private func parsed(_ json: JSON) throws -> NSDictionary {
        let value = try JSONSerialization.jsonObject(with: Data(json.text.utf8))
        return try #require(value as? NSDictionary)
    }

    @Test func everyKindOfValueComesBack() throws {
        let json: JSON = [
            "null": .null, "true": .bool(true), "integer": .integer(-42), "number": .number(0.125),
            "small": .number(1e-7), "large": .number(5e20), "none": .optional(nil as Double?),
            "string": "text", "empty": .array([]), "nothing": JSON.object([JSON.Member]()),
            "nested": .array([.integer(1), ["a": .array([.string("b"), .null])]]),
        ]
        let expected: NSDictionary = [
            "null": NSNull(), "true": true, "integer": -42, "number": 0.125, "small": 1e-7, "large": 5e20,
            "none": NSNull(), "string": "text", "empty": [] as [Any], "nothing": [:] as [String: Any],
            "nested": [1, ["a": ["b", NSNull()] as [Any]]] as [Any],
        ]
        #expect(try parsed(json) == expected)
    }

    @Test func everyCharacterComesBack() throws {
        let text = String(String.UnicodeScalarView((0..<0x300).compactMap { Unicode.Scalar($0) })) + "─ µ 🙂"
        #expect(try parsed(["text": .string(text)])["text"] as? String == text)
    }

    @Test func whatIsNoNumberIsNull() throws {
        #expect(try parsed(["a": .number(.nan), "b": .number(.infinity)]) == ["a": NSNull(), "b": NSNull()])
    }

    @Test func membersKeepTheirOrder() {
        #expect(
            JSON.object([.init(name: "b", value: .integer(1)), .init(name: "a", value: .integer(2))]).text
                == "{\"b\": 1, \"a\": 2}\n")
    }
}
