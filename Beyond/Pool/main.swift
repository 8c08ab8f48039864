// Beyond stage 2: a pool of threads.
//
// The idea: a fixed number of threads, each of which does what the whole server does in stage 1: accept, serve until
// the client leaves, accept again. No thread is started for a client, so however many clients come, the number of
// threads and their memory are bounded.
//
// What breaks: with four threads and four silent clients, the fifth client waits, as in stage 1. A thread
// that waits for its client is still a thread that does nothing else.
//
// Read first: `diff -u Stage2-Threads/Server.swift Beyond/Pool/Server.swift`. `Connection` is the same file as in stage 2.

import Shared

ServerProgram.run("Pool", [.workers]) { options throws(SystemCallError) in
    try Server(options).run()
}
