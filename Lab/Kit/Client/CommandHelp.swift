// HELP in `lab client`: the commands that the server has, as it says itself.

import Shared

public enum CommandHelp {
    /// What is sent instead: no server of ours has a HELP, and nor has Redis.
    public static let request = [Array("COMMAND".utf8)]

    public static func isAsked(by words: [[UInt8]]) -> Bool {
        words.count == 1 && String(decoding: words[0], as: UTF8.self).uppercased() == "HELP"
    }

    /// The names in a reply to COMMAND, in order; nil if it is none.
    public static func names(in reply: Reply) -> [String]? {
        guard case .array(let commands) = reply else { return nil }
        return commands.compactMap { command in
            guard case .array(let fields) = command, case .string(let name)? = fields.first else { return nil }
            return String(decoding: name, as: UTF8.self).uppercased()
        }.sorted()
    }
}
