// Stage 2: a thread for each client.
//
// The idea: the code that serves a client stays as it was, and every call in it still blocks. But now each client has a
// thread of its own to block. While one thread waits for its client, the others run. They share the store, so the
// store has a lock.
//
// What breaks: each thread needs a stack, in this process and in the kernel. Ten thousand clients, most of them idle,
// are ten thousand threads. Stage 3 serves them all with one.
//
// Read first: `Server.admit`, then `Server.execute` for the lock. `Connection` is the same file as in stage 1.

import Shared

ServerProgram.run("Stage2-Threads") { options throws(SystemCallError) in
    try Server(options).run()
}
