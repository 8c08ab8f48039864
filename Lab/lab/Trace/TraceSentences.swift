// A system call in a sentence.

import LabKit

extension TracedCall {
    /// `read(A)`, `poll(listener, A)`, `epoll_ctl(add A)`
    var label: String {
        let change = Self.changes.first { arguments.contains($0.mark) }
        let words = change.map { name == "epoll_ctl" ? ["\($0.word) \(targets.joined())"] : targets } ?? targets
        return "\(name)(\(words.joined(separator: ", ")))"
    }

    private static let changes: [(mark: String, word: String)] = [
        ("EPOLL_CTL_ADD", "add"), ("EPOLL_CTL_MOD", "change"), ("EPOLL_CTL_DEL", "remove"),
    ]

    /// What it brought, in a few letters: `14 bytes`, `EAGAIN`, `A`.
    var outcome: String {
        if result == nil { return "still waits" }
        if let error { return error }
        if isRead || isWrite || name == "recvfrom" { return value.map { Self.bytes($0) } ?? "" }
        if name == "accept4" || isWait {
            return served.isEmpty ? (name == "io_uring_enter" ? "" : "nothing") : served.joined(separator: ", ")
        }
        return ""
    }

    static func bytes(_ count: Int) -> String { count == 1 ? "1 byte" : "\(Format.count(count)) bytes" }

    /// What it did, for a person.
    var sentence: String {
        let client = targets.first ?? ""
        switch name {
        case "accept4": return accepting
        case "read": return reading(client)
        case "write": return writing(client)
        case "poll", "ppoll", "epoll_wait", "epoll_pwait", "epoll_pwait2": return waiting
        case "epoll_ctl": return changing(client)
        case "io_uring_enter":
            return "Hands in what is to be done, and waits until something is done. What that was stands in memory "
                + "that the kernel shares, where strace does not look." + waitedText
        case "recvfrom": return "Throws away what \(client) may still have sent. Closing would answer it with a reset."
        case "close": return "Closes \(client). From now on the kernel may give its number to a new connection."
        case "clone", "clone3":
            return "Starts a thread: for a client (stage 2), or to give memory back after large values."
        case "futex": return "Waits for another thread, or wakes one: a lock is in use." + waitedText
        case "mmap", "munmap", "mremap", "mprotect", "madvise", "brk":
            return "Asks the kernel for memory, or gives some back: for a buffer that grows or shrinks, or for a "
                + "thread's stack."
        case "clock_nanosleep":
            return "Sleeps for a while. A thread does that after large values are gone, and then gives memory back."
        default: return "Housekeeping of the C library or of Swift's runtime."
        }
    }

    private var accepting: String {
        if result == nil { return "Sleeps in the kernel until the next client connects." }
        if let error { return "\(error): no other connection is there. A blocking listener would sleep now." }
        return "Takes \(served.joined()), whose connection the kernel had already made." + waitedText
    }

    private func reading(_ client: String) -> String {
        if result == nil { return "Sleeps in the kernel until \(client) sends something." }
        if error == "EAGAIN" { return "EAGAIN: \(client) has sent nothing more. Not an error, just \"not now\"." }
        if let error { return "\(error): \(client) is gone." }
        if value == 0 { return "0 bytes: \(client) has sent all that it will ever send." + waitedText }
        return "Takes \(outcome) from \(client)." + waitedText
            + (hasWaited ? " Its thread did nothing else meanwhile." : "")
    }

    private func writing(_ client: String) -> String {
        if result == nil { return "Sleeps in the kernel until \(client) has read enough to make room." }
        if error == "EAGAIN" {
            return "EAGAIN: the kernel's buffer for \(client) is full. The reply stays in the server."
        }
        if let error { return "\(error): \(client) is gone." + waitedText }
        let wanted = arguments.split(separator: ", ").last.flatMap { Int($0) } ?? 0
        if let value, value < wanted, hasWaited {
            return "Waited \(Self.time(duration)) for room, and was cut short after \(Self.bytes(value)) of "
                + "\(Self.bytes(wanted)). Only an error or a signal does that to a blocking write; the next one says which."
        }
        if let value, value < wanted {
            return "The kernel takes \(Self.bytes(value)) of \(Self.bytes(wanted)) for \(client): its buffer is full. "
                + "The rest stays in the server."
        }
        return "Gives the kernel \(outcome) for \(client), which will get them when it reads." + waitedText
    }

    private var waiting: String {
        let question =
            targets == ["epoll"]
            ? "Asks the kernel who in its interest list is ready"
            : "Asks the kernel who is ready, and passes the whole list (\(targets.joined(separator: ", ")))"
        if result == nil { return question + ", and sleeps: nobody is." }
        if served.isEmpty { return question + ". Nobody is; time ran out." + waitedText }
        return question + ": \(served.joined(separator: ", "))." + waitedText
    }

    private func changing(_ client: String) -> String {
        if arguments.contains("EPOLL_CTL_DEL") { return "Takes \(client) off the interest list." }
        let isRead = arguments.contains("EPOLLIN")
        let isWrite = arguments.contains("EPOLLOUT")
        let interest =
            isRead && isWrite
            ? "it has sent something, or its buffer has room"
            : isRead ? "it has sent something" : isWrite ? "its buffer has room again" : "nothing"
        let verb = arguments.contains("EPOLL_CTL_ADD") ? "Puts \(client) on" : "Changes \(client) in"
        return "\(verb) the interest list: from now on the wait reports it when \(interest)."
    }

    private var waitedText: String {
        hasWaited ? " It waited for \(Self.time(duration))." : ""
    }
}
