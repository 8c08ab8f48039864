// lab: runs the five servers side by side, loads them, measures them and talks to them. This file only finds the
// command; each has its own files.

@preconcurrency import Glibc
import LabKit

private let commands: [(name: String, usage: String, summary: String, run: ([String]) throws -> Void)] = [
    ("tour", "[tour] [options]", "the tour: the five stages under the same work, and how they differ", runTour),
    ("trace", "trace [options]", "every system call of each stage, while clients wait for each other", runTrace),
    ("load", "load [options]", "put load on a stage or on any server that speaks one of the two protocols", runLoad),
    ("attack", "attack NAME [options]", "be a bad client, and see what an innocent one notices", runAttack),
    ("versus", "versus [options]", "measure stages against redis-server", runVersus),
    ("compare", "compare A B", "what differs between two runs that --json wrote", runCompare),
    ("cores", "cores [options]", "measure what a loop per core is good for", runCores),
    ("keys", "keys [options]", "measure how long others wait for KEYS, and for SCAN", runKeys),
    (
        "pipeline", "pipeline [options]", "send everything before the first reply is read: which stages can take it",
        runPipeline
    ),
    ("instructions", "instructions", "count what a request costs in instructions", runInstructions),
    ("client", "client [options]", "talk to a server: one command, or one a line", runClient),
    ("diff", "diff STAGE STAGE", "what changes from one stage to the next, and why", runDiff),
    ("check", "check STAGES -- CMD", "check a server of your own, in any language, clause by clause", runCheck),
]

@MainActor private func printUsage() {
    let lines = commands.map { ("lab \($0.usage)", $0.summary) } + [("lab COMMAND --help", "the options of a command")]
    for (index, line) in lines.enumerated() {
        let label = (index == 0 ? "usage: " : "       ") + line.0
        for text in Terminal.wrap(label, line.1, column: 33, width: Terminal().textWidth) { print(text) }
    }
}

@MainActor private func run(_ arguments: [String]) throws {
    guard let word = arguments.first, word != "help", word != "--help", word != "-h" else {
        return arguments.isEmpty ? try runTour([]) : printUsage()
    }
    if word.hasPrefix("-") { return try runTour(arguments) }
    guard let command = commands.first(where: { $0.name == word }) else {
        throw LabError("there is no command '\(word)'; lab --help lists them")
    }
    try command.run(Array(arguments.dropFirst()))
}

// A server that goes away must not take the lab with it: a write to it then fails with EPIPE.
signal(SIGPIPE, SIG_IGN)

private let arguments = Array(CommandLine.arguments.dropFirst())
do {
    try run(arguments)
} catch {
    let name = arguments.first.map { $0.hasPrefix("-") ? "" : " \($0)" } ?? ""
    fputs("lab\(name): \(error)\n", stderr)
    exit(1)
}
