// Stage 1: one client at a time.
//
// The idea: wait for a client, read a request, write the reply, and go on until the client leaves. Then wait for the
// next client. Every call blocks until it is done, so the program reads like a description of the protocol.
//
// What breaks: while one client is served, the kernel connects the next one (see `Listener`), but nothing answers it,
// even if the first client stays silent. Stage 2 gives each client a thread.
//
// Read first: `Server.serve`, then `Connection.answerRequest`, then `readFull` in Shared/System/BlockingIO.swift.

import Shared

ServerProgram.run("Stage1-Sync") { options throws(SystemCallError) in
    try Server(options).run()
}
