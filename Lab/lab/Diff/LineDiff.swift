// The lines that two texts do not share, in hunks: each is one place where something changed.

import LabKit

/// One place where two texts differ, with some lines around it.
struct DiffHunk: Sendable, Equatable {
    struct Line: Sendable, Equatable {
        enum Kind: Character, Sendable {
            case same = " "
            case removed = "-"
            case added = "+"
        }

        let kind: Kind
        let text: String

        init(_ kind: Kind, _ text: String) {
            (self.kind, self.text) = (kind, text)
        }
    }

    /// The number of the first line in either text, from 1.
    let oldStart: Int
    let newStart: Int
    let lines: [Line]

    var changed: [Line] { lines.filter { $0.kind != .same } }

    /// As `diff -u` writes it.
    var header: String {
        let (old, new) = (lines.count { $0.kind != .added }, lines.count { $0.kind != .removed })
        return "@@ -\(oldStart),\(old) +\(newStart),\(new) @@"
    }
}

enum LineDiff {
    /// Finds where two texts differ.
    ///
    /// - Parameters:
    ///   - context: unchanged lines shown on either side; none is shown twice.
    ///   - gap: changes with no more unchanged lines than this between them are one hunk.
    static func hunks(from old: [String], to new: [String], context: Int = 2, gap: Int = 3) -> [DiffHunk] {
        let lines = lines(from: old, to: new)
        let changes = lines.indices.filter { lines[$0].kind != .same }
        var hunks: [DiffHunk] = []
        var (index, free) = (0, 0)
        while index < changes.count {
            let start = max(free, changes[index] - context)
            var end = changes[index]
            while index < changes.count, changes[index] - end <= gap + 1 {
                end = changes[index]
                index += 1
            }
            let next = index < changes.count ? changes[index] : lines.count
            free = min(end + 1 + context, next)
            hunks.append(
                DiffHunk(
                    oldStart: lines[..<start].count { $0.kind != .added } + 1,
                    newStart: lines[..<start].count { $0.kind != .removed } + 1, lines: Array(lines[start..<free])))
        }
        return hunks
    }

    /// All lines of both texts in order, with what happened to each.
    static func lines(from old: [String], to new: [String]) -> [DiffHunk.Line] {
        var result: [DiffHunk.Line] = []
        var (oldStart, newStart) = (0, 0)
        for (oldIndex, newIndex) in matches(old[...], new[...]) + [(old.count, new.count)] {
            result += old[oldStart..<oldIndex].map { .init(.removed, $0) }
            result += new[newStart..<newIndex].map { .init(.added, $0) }
            if oldIndex < old.count { result.append(.init(.same, old[oldIndex])) }
            (oldStart, newStart) = (oldIndex + 1, newIndex + 1)
        }
        return result
    }

    /// Where the lines that stay are in either text.
    ///
    /// Lines that occur once in either text hold the two together, and what lies between them is compared by itself.
    /// Known as patience diff: it does not take one closing brace for another. Where there are none, as few lines as
    /// possible change.
    private static func matches(_ old: ArraySlice<String>, _ new: ArraySlice<String>) -> [(Int, Int)] {
        let shared = uniqueLines(old).intersection(uniqueLines(new))
        let anchors = kept(old, new, where: shared.contains)
        if anchors.isEmpty { return kept(old, new) { _ in true } }
        var result: [(Int, Int)] = []
        var (oldStart, newStart) = (old.startIndex, new.startIndex)
        for (oldIndex, newIndex) in anchors {
            result += matches(old[oldStart..<oldIndex], new[newStart..<newIndex]) + [(oldIndex, newIndex)]
            (oldStart, newStart) = (oldIndex + 1, newIndex + 1)
        }
        return result + matches(old[oldStart...], new[newStart...])
    }

    private static func uniqueLines(_ lines: ArraySlice<String>) -> Set<String> {
        Set(Dictionary(grouping: lines, by: \.self).filter { $0.value.count == 1 }.keys)
    }

    /// Of some lines: where those are that neither text loses. They are in order in both.
    private static func kept(
        _ old: ArraySlice<String>, _ new: ArraySlice<String>, where isWanted: (String) -> Bool
    ) -> [(Int, Int)] {
        var oldPlaces = old.indices.filter { isWanted(old[$0]) }
        var newPlaces = new.indices.filter { isWanted(new[$0]) }
        let difference = newPlaces.map { new[$0] }.difference(from: oldPlaces.map { old[$0] })
        for case .remove(let offset, _, _) in difference.removals.reversed() { oldPlaces.remove(at: offset) }
        for case .insert(let offset, _, _) in difference.insertions.reversed() { newPlaces.remove(at: offset) }
        return Array(zip(oldPlaces, newPlaces))
    }
}
