// Any other server that speaks RESP, given on the command line: `--peer NAME='CMD --port {port}'`.

import LabKit

/// How such a server is started.
struct Peer: Equatable {
    let name: String
    /// Its words; `{port}` in them stands for the port that it is to listen on.
    let command: [String]

    /// As given for `--peer`.
    init(option text: String) throws(LabError) {
        let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
        guard parts.count == 2, let words = CommandWords.split(parts[1]), !words.isEmpty, text.contains("{port}") else {
            throw LabError("--peer takes NAME='COMMAND with {port}', not '\(text)'")
        }
        name = parts[0]
        command = words.map { String(decoding: $0, as: UTF8.self) }
    }

    func start(_ cores: Cores) throws -> (ServerProcess, port: Int) {
        try ForeignServer(command, .resp2, patience: 5).start(cores.serverWrapper)
    }
}
