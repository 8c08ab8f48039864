// Beyond stage 5: a loop for each core.
//
// The idea: stage 5's loop is one thread, so it computes on one core, however many there are. Here several threads each
// run that whole loop, with a listener, a poller and connections of their own. All listeners have the same port, and the
// kernel deals new connections out among them (SO_REUSEPORT). What the loops cannot each have is the store: stage 2's
// lock comes back around it. It is taken once for all the requests that a read has brought, and system calls, which are
// most of the work, are made outside it.
//
// What breaks: nobody shares out the work, only connections, and by a hash of their addresses. Two busy clients may meet
// in one loop while the other loop sleeps. And where commands take longer than the system calls around them, the loops
// wait in line at the lock: a second core helps little then, and more of them not at all.
//
// Read first: `Loops`, which is what the loops share; then `diff -u Stage5-Pipelining/Server.swift Beyond/Cores/Server.swift`.
// `Connection` and `Poller` are the same files as in stage 5.

import Shared

ServerProgram.run("Cores", [.idleTimeout, .loops]) { options throws(SystemCallError) in
    try Loops.run(options)
}
