// Stage 4: one thread for all clients, with epoll, and a protocol that others speak.
//
// The idea: the list of descriptors stays in the kernel, and a turn costs only what is ready, however many clients are
// idle. Along with it comes another protocol, Redis's RESP: redis-cli and every Redis client library can talk to this
// server.
//
// What breaks: each request still costs a write of its own, even when sixteen of them arrive with one read, and those
// writes are most of what it costs. Stage 5 answers all that has arrived with one write.
//
// Read first: `Poller`, where the idea is. `Connection` differs in its protocol and codec, `Server` not at all.

import Shared

ServerProgram.run("Stage4-Epoll", [.idleTimeout]) { options throws(SystemCallError) in
    var server = try Server(options)
    try server.run()
}
