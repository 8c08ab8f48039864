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
    ///
    /// Lines that occur once in either text hold the two together, and what lies between them is compared by itself.
    /// Known as patience diff: it does not take one closing brace for another.
    static func lines(from old: [String], to new: [String]) -> [DiffHunk.Line] {
        var result: [DiffHunk.Line] = []
        compare(old[...], new[...], into: &result)
        return result
    }

    private static func compare(
        _ old: ArraySlice<String>, _ new: ArraySlice<String>, into result: inout [DiffHunk.Line]
    ) {
        var (old, new) = (old, new)
        while let first = old.first, first == new.first {
            result.append(.init(.same, first))
            old.removeFirst()
            new.removeFirst()
        }
        var tail: [DiffHunk.Line] = []
        while let last = old.last, last == new.last {
            tail.append(.init(.same, last))
            old.removeLast()
            new.removeLast()
        }
        let anchors = anchors(old, new)
        if anchors.isEmpty || old.isEmpty || new.isEmpty {
            compareClosely(old, new, into: &result)
        } else {
            var (oldStart, newStart) = (old.startIndex, new.startIndex)
            for (oldIndex, newIndex) in anchors {
                compare(old[oldStart..<oldIndex], new[newStart..<newIndex], into: &result)
                result.append(.init(.same, old[oldIndex]))
                (oldStart, newStart) = (oldIndex + 1, newIndex + 1)
            }
            compare(old[oldStart...], new[newStart...], into: &result)
        }
        result += tail.reversed()
    }

    /// Lines that both texts have exactly once: the longest chain of them that is in order in both.
    private static func anchors(_ old: ArraySlice<String>, _ new: ArraySlice<String>) -> [(Int, Int)] {
        let (oldPlaces, newPlaces) = (uniqueLines(old), uniqueLines(new))
        let shared = [old, new].map { lines in lines.filter { oldPlaces[$0] != nil && newPlaces[$0] != nil } }
        let moved = Set(shared[1].difference(from: shared[0]).removals.map(\.place.line))
        return shared[0].filter { !moved.contains($0) }.map { (oldPlaces[$0]!, newPlaces[$0]!) }
    }

    private static func uniqueLines(_ lines: ArraySlice<String>) -> [String: Int] {
        var places: [String: Int?] = [:]
        for index in lines.indices { places[lines[index]] = places[lines[index]] == nil ? .some(index) : .some(nil) }
        return places.compactMapValues(\.self)
    }

    /// Between such lines: as few changes as possible.
    private static func compareClosely(
        _ old: ArraySlice<String>, _ new: ArraySlice<String>, into result: inout [DiffHunk.Line]
    ) {
        let difference = new.difference(from: old)
        let removed = Set(difference.removals.map(\.place.offset))
        let added = Set(difference.insertions.map(\.place.offset))
        var (oldIndex, newIndex) = (0, 0)
        while oldIndex < old.count || newIndex < new.count {
            if removed.contains(oldIndex) {
                result.append(.init(.removed, old[old.startIndex + oldIndex]))
                oldIndex += 1
            } else if added.contains(newIndex) {
                result.append(.init(.added, new[new.startIndex + newIndex]))
                newIndex += 1
            } else {
                result.append(.init(.same, old[old.startIndex + oldIndex]))
                oldIndex += 1
                newIndex += 1
            }
        }
    }
}

extension CollectionDifference<String>.Change {
    fileprivate var place: (offset: Int, line: String) {
        switch self {
        case .insert(let offset, let line, _), .remove(let offset, let line, _): (offset, line)
        }
    }
}
