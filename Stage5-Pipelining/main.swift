// Stage 5: all requests that have arrived, for one read and one write.
//
// The idea: a client that does not wait for each reply (pipelining) has many requests in flight. All requests that
// one read brings are answered together, and their replies go out in one write. A write to a socket costs microseconds,
// a request a few tenths of one, so this makes a server several times as fast.
//
// What breaks: nothing yet, on one core. Using a second one takes a second loop (see Beyond/Cores).
//
// Read first: `Connection.execute`, then `Server.respond`, which calls it. `Server` and `Poller` are stage 4's files.

import Shared

ServerProgram.run("Stage5-Pipelining", [.idleTimeout]) { options throws(SystemCallError) in
    var server = try Server(options)
    try server.run()
}
