// Beyond stage 4: one thread for all clients, with kqueue.
//
// The idea: another kernel's interest list. Where Linux has epoll, macOS and the BSDs have kqueue. Instead of a mask there
// are two filters, so that reading and writing are armed and reported apart; and a change of the list needs no call of
// its own, since it travels with the next wait.
//
// What breaks: a change that fails is known only after that wait, when the code that asked has long moved on. And on
// Linux nothing gets cheaper, since a library has to make kqueue out of epoll.
//
// Read first: `diff -u Stage4-Epoll/Poller.swift Beyond/Kqueue/Poller.swift`. `Server` and `Connection` are the same
// files as in stage 4: a loop does not know which kernel it waits in.

import Shared

ServerProgram.run("Kqueue", [.idleTimeout]) { options throws(SystemCallError) in
    var server = try Server(options)
    try server.run()
}
