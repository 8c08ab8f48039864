// HELP in `lab client`: the commands that the server has, as it says itself.

import LabKit
import Shared

enum CommandHelp {
    /// What is sent instead: no server of ours has a HELP, and nor has Redis.
    static let request = [Array("COMMAND".utf8)]

    static func isAsked(by words: [[UInt8]]) -> Bool {
        words.count == 1 && String(decoding: words[0], as: UTF8.self).uppercased() == "HELP"
    }

    /// The names in a reply to COMMAND, in order; nil if it is none.
    static func names(in reply: Reply) -> [String]? {
        guard case .array(let commands) = reply else { return nil }
        return commands.compactMap { command in
            guard case .array(let fields) = command, case .string(let name)? = fields.first else { return nil }
            return String(decoding: name, as: UTF8.self).uppercased()
        }.sorted()
    }
}
