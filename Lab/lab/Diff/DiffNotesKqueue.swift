// Why Kqueue differs from stage 4, hunk by hunk: see DiffNotes.swift.

import LabKit

extension DiffNote {
    static let kqueue = [
        DiffNote(
            .kqueue, "Poller.swift",
            "A filter each for reading and for writing, instead of a mask: they are armed apart, and reported apart.",
            test: "Contract: after a half-close, replies to what was sent still come", at: "static let filters",
            "It is of one filter."),
        DiffNote(
            .kqueue, "Poller.swift",
            "A change of the list is not a call: it is kept, and told to the kernel with the next wait.",
            test: "KqueueTests.changesTravelWithTheWait", at: "private var changes", "control(EPOLL_CTL_ADD",
            "EPOLL_CTL_MOD", "let changed = interest", "changes.removeAll(keepingCapacity"),
        DiffNote(
            .kqueue, "Poller.swift",
            "Only the last change cannot be kept, since a number is used again at once: whatever is still in the list goes, "
                + "and the filters are deleted now.",
            test: "Contract: connections closed and opened at one moment are not mistaken for each other",
            at: "EV_RECEIPT"),
        DiffNote(
            .kqueue, "Poller.swift",
            "So an error comes late, as an entry among the events; and the change has to be made again.",
            test: "KqueueTests.aChangeThatFailedIsMadeAgain", at: "UInt16(EV_ERROR)"),
        DiffNote(
            .kqueue, "Poller.swift",
            "Otherwise the same under other names: the list is a descriptor, and one call waits.",
            test: "Contract: one thread serves them all", at: "let number = kqueue()",
            "The corresponding C function is `kevent`"),
    ]
}
