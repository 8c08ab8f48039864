// Beyond stage 5: completion instead of readiness.
//
// The idea: a poller says who is ready, and then each client costs a read and a write of our own. Here the kernel is
// told once what to do, and does the reading and writing itself: receive whatever comes, send this. Requests and
// results go through two queues in shared memory, and one system call a turn, `io_uring_enter`, is all that is left.
//
// What breaks: between "do it" and "done" the kernel has our memory and our descriptor. What a send reads from must
// stay where it is, and a connection can only be closed when the last operation on it has completed.
//
// Read first: `Ring`, from its top; then `diff -u Stage5-Pipelining/Connection.swift Beyond/Uring/Connection.swift`.

import Shared

ServerProgram.run("Uring", [.idleTimeout, .ring]) { options throws(SystemCallError) in
    var server = try Server(options)
    try server.run()
}
