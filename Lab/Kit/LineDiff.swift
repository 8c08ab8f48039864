// The lines that two texts do not share, in hunks: each is one place where something changed.

/// One place where two texts differ, with some lines around it.
public struct DiffHunk: Sendable, Equatable {
    public struct Line: Sendable, Equatable {
        public enum Kind: Character, Sendable {
            case same = " "
            case removed = "-"
            case added = "+"
        }

        public let kind: Kind
        public let text: String

        public init(_ kind: Kind, _ text: String) {
            self.kind = kind
            self.text = text
        }
    }

    /// The number of the first line in either text, from 1.
    public let oldStart: Int
    public let newStart: Int
    public let lines: [Line]

    public var changed: [Line] { lines.filter { $0.kind != .same } }

    /// As `diff -u` writes it.
    public var header: String {
        let (old, new) = (lines.count { $0.kind != .added }, lines.count { $0.kind != .removed })
        return "@@ -\(oldStart),\(old) +\(newStart),\(new) @@"
    }
}

public enum LineDiff {
    /// Finds where two texts differ.
    ///
    /// - Parameters:
    ///   - context: unchanged lines shown on either side.
    ///   - gap: changes with no more unchanged lines than this between them are one hunk.
    public static func hunks(
        from old: [String], to new: [String], context: Int = 2, gap: Int = 2
    ) -> [DiffHunk] {
        let lines = lines(from: old, to: new)
        let changes = lines.indices.filter { lines[$0].kind != .same }
        var hunks: [DiffHunk] = []
        var index = 0
        while index < changes.count {
            let start = changes[index]
            var end = start
            while index < changes.count, changes[index] - end <= gap + 1 {
                end = changes[index]
                index += 1
            }
            hunks.append(hunk(lines, changes: start...end, context))
        }
        return hunks
    }

    private static func hunk(_ lines: [DiffHunk.Line], changes: ClosedRange<Int>, _ context: Int) -> DiffHunk {
        var start = changes.lowerBound
        while start > 0, changes.lowerBound - start < context, lines[start - 1].kind == .same { start -= 1 }
        var end = changes.upperBound
        while end + 1 < lines.count, end - changes.upperBound < context, lines[end + 1].kind == .same { end += 1 }
        return DiffHunk(
            oldStart: lines[..<start].count { $0.kind != .added } + 1,
            newStart: lines[..<start].count { $0.kind != .removed } + 1, lines: Array(lines[start...end]))
    }

    /// All lines of both texts in order, with what happened to each.
    public static func lines(from old: [String], to new: [String]) -> [DiffHunk.Line] {
        let difference = new.difference(from: old)
        let removed = Set(difference.removals.map(\.offset))
        let added = Set(difference.insertions.map(\.offset))
        var lines: [DiffHunk.Line] = []
        var (oldIndex, newIndex) = (0, 0)
        while oldIndex < old.count || newIndex < new.count {
            if removed.contains(oldIndex) {
                lines.append(.init(.removed, old[oldIndex]))
                oldIndex += 1
            } else if added.contains(newIndex) {
                lines.append(.init(.added, new[newIndex]))
                newIndex += 1
            } else {
                lines.append(.init(.same, old[oldIndex]))
                oldIndex += 1
                newIndex += 1
            }
        }
        return lines
    }
}

extension CollectionDifference<String>.Change {
    var offset: Int {
        switch self {
        case .insert(let offset, _, _), .remove(let offset, _, _): offset
        }
    }
}
