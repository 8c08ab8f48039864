// Where in the code a system call is made: a table, which a test compares with the source.

import LabKit

/// The function of a server that makes a call.
enum TracePlaces {
    /// Calls, the function that makes them, and its file: in the server's folder, or with a path for what no server does
    /// itself.
    private static let rows: [(calls: [String], file: String, function: String)] = [
        (["accept4"], "Server.swift", "Server.acceptConnections"),
        (["read"], "Connection.swift", "Connection.receive"),
        (["write"], "Connection.swift", "Connection.send"),
        (["poll", "ppoll", "epoll_wait", "epoll_pwait", "epoll_pwait2"], "Poller.swift", "Poller.wait"),
        (["epoll_ctl"], "Poller.swift", "Poller.control"),
        (["recvfrom"], "Shared/System/FileDescriptor.swift", "FileDescriptor.discardInput"),
        (["close"], "Shared/System/FileDescriptor.swift", "FileDescriptor.deinit"),
        (["futex"], "Shared/System/Locked.swift", "Locked.withLock"),
        (["clone", "clone3"], "Shared/System/Thread.swift", "Thread.create"),
        (["io_uring_enter"], "Beyond/Uring/Ring.swift", "Ring.enter"),
    ]

    /// Where a call is made; nil for what the C library does by itself.
    static func place(of call: String, in stage: Stage) -> Reading? {
        guard let row = rows.first(where: { $0.calls.contains(call) }) else { return nil }
        if row.file.contains("/") { return Reading(row.file, row.function, call) }
        // Stage 3 has no epoll, and with io_uring the kernel does all of that by itself.
        guard stage.files.contains(row.file), !stage.isByCompletion,
            call != "epoll_ctl" || stage.servingCalls.contains(call)
        else { return nil }
        return Reading("\(stage.folder)/\(row.file)", row.function, call)
    }

    /// Every call that has a place.
    static var calls: [String] { rows.flatMap(\.calls) }
}
