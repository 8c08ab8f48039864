// Stage 3: one thread for all clients, with poll.
//
// The idea: never wait for one client. Descriptors are non-blocking; a single call, `poll`, waits for all of them at
// once and says which can be read or written now. Where a client stands (waiting for the rest of its request, or for
// the kernel to take the rest of its reply) used to be a place on a thread's stack. Here it is a state, in `Connection`.
//
// What breaks: every turn of the loop hands the whole list of descriptors to the kernel, which searches it. So with ten
// thousand idle clients the server works for all of them whenever one of them speaks. Stage 4 leaves the list in the
// kernel.
//
// Read first: `Server.run`, `Server.respond` and `Poller.wait`; then `Connection` beside stage 2's (diff -y -W 120).

import Shared

ServerProgram.run("Stage3-Poll", [.idleTimeout]) { options throws(SystemCallError) in
    var server = try Server(options)
    try server.run()
}
