// lab: runs the five servers side by side, loads them, measures them and talks to them. This file only finds the
// command; each has its own files.

@preconcurrency import Glibc
import LabKit
import Shared

let usage = """
    usage: lab [tour] [options]      the tour: the five stages under the same work, and how they differ
           lab trace [options]       every system call of each stage, while clients wait for each other
           lab load [options]        put load on a stage or on any server that speaks one of the two protocols
           lab attack NAME [options] be a bad client, and see what an innocent one notices
           lab versus [options]      measure stages against redis-server
           lab compare A B           what differs between two runs that --json wrote
           lab cores [options]       measure what a loop per core is good for
           lab keys [options]        measure how long others wait for KEYS, and for SCAN
           lab pipeline [options]    send everything before the first reply is read: which stages can take it
           lab instructions          count what a request costs in instructions
           lab client [options]      talk to a server: one command, or one a line
           lab diff STAGE STAGE      what changes from one stage to the next, and why
           lab check STAGES -- CMD   check a server of your own, in any language, clause by clause
           lab COMMAND --help        the options of a command
    """

let arguments = Array(CommandLine.arguments.dropFirst())
let rest = Array(arguments.dropFirst())

// A server that goes away must not take the lab with it: a write to it then fails with EPIPE.
signal(SIGPIPE, SIG_IGN)

do {
    switch arguments.first {
    case "tour": try runTour(rest)
    case "trace": try runTrace(rest)
    case "load": try runLoad(rest)
    case "attack": try runAttack(rest)
    case "versus": try runVersus(rest)
    case "compare": try runCompare(rest)
    case "cores": try runCores(rest)
    case "keys": try runKeys(rest)
    case "pipeline": try runPipeline(rest)
    case "instructions": try runInstructions(rest)
    case "client": try runClient(rest)
    case "diff": try runDiff(rest)
    case "check": try runCheck(rest)
    case "help", "--help", "-h": print(usage)
    case let word? where !word.hasPrefix("-"):
        throw LabError("there is no command '\(word)'; lab --help lists them")
    default: try runTour(arguments)
    }
} catch {
    let name = arguments.first.map { $0.hasPrefix("-") ? "" : " \($0)" } ?? ""
    fputs("lab\(name): \(error)\n", stderr)
    exit(1)
}
