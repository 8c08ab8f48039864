// Patterns for names: `user:*`, `h?llo`, `h[a-e]llo`, `h[^e]llo`, and `\*` for a star itself. The rules are those of
// Redis's `stringmatchlen`, its oddities included: a `[` without its `]` ends with the pattern, `[z-a]` is `[a-z]`, and an
// empty name is matched by the empty pattern only.
//
// A star can stand for any bytes, so it has to be tried with none, one, two and so on. With several stars only the last
// one that was reached has to be tried again: the parts before it fit already, and fitting them later in the name leaves
// less of it for the rest. That is a product of two lengths at worst, where naive recursion takes a power.

/// A pattern, and what matching it has cost.
struct Glob: ~Escapable {
    private let pattern: Span<UInt8>
    private let ignoresCase: Bool
    /// Bytes of the pattern that were looked at, beyond what every name is allowed.
    private var excess = 0

    /// Ordinary patterns look at one byte of theirs for each byte of the name. Those made to look at many (`*aaaaaaaab` at
    /// a name of a million `a`) would hold everybody up for minutes: after so much, a tenth of a second, it is enough.
    private static let maxExcess = 20_000_000
    /// What a name of no bytes may cost.
    private static let allowance = 64

    @_lifetime(copy pattern)
    init(_ pattern: Span<UInt8>, ignoresCase: Bool = false) {
        self.pattern = pattern
        self.ignoresCase = ignoresCase
    }

    /// Whether it has cost too much. Then nothing matches any more, and what did or did not match is not to be used.
    private(set) var isTooCostly = false

    /// Whether `name` fits the pattern.
    @_lifetime(self: copy self)
    mutating func matches(_ name: Span<UInt8>) -> Bool {
        if name.isEmpty { return pattern.isEmpty }
        var cost = -name.count - Self.allowance
        defer { excess += max(0, cost) }
        var (index, position) = (0, 0)
        // Behind the last star, and where in the name it was tried last.
        var retry: (index: Int, position: Int)?
        while position < name.count {
            if excess + cost > Self.maxExcess { isTooCostly = true }
            if isTooCostly { return false }
            cost += 1
            if index < pattern.count, pattern[index] == UInt8(ascii: "*") {
                index += 1
                retry = (index, position)
                continue
            }
            let before = index
            let fits = index < pattern.count && matchOne(name[position], &index)
            cost += index - before
            if fits {
                position += 1
            } else if let (start, last) = retry {
                if start == pattern.count { return true }
                (index, position) = (start, last + 1)
                retry = (start, last + 1)
            } else {
                return false
            }
        }
        while index < pattern.count, pattern[index] == UInt8(ascii: "*") { index += 1 }
        return index == pattern.count
    }

    /// Whether `byte` fits what stands at `index`, which then goes behind it.
    private func matchOne(_ byte: UInt8, _ index: inout Int) -> Bool {
        switch pattern[index] {
        case UInt8(ascii: "?"):
            index += 1
            return true
        case UInt8(ascii: "["):
            index += 1
            return matchClass(byte, &index)
        case UInt8(ascii: "\\") where index + 1 < pattern.count:
            index += 2
        default:
            index += 1
        }
        return isSame(pattern[index - 1], byte)
    }

    /// The same for what stands between brackets. All of it is looked at, even when `byte` has been found.
    private func matchClass(_ byte: UInt8, _ index: inout Int) -> Bool {
        let isNegated = index < pattern.count && pattern[index] == UInt8(ascii: "^")
        if isNegated { index += 1 }
        var isFound = false
        while index < pattern.count {
            let rest = pattern.count - index
            if rest >= 2 && pattern[index] == UInt8(ascii: "\\") {
                if pattern[index + 1] == byte { isFound = true }
                index += 2
            } else if pattern[index] == UInt8(ascii: "]") {
                index += 1
                break
            } else if rest >= 3 && pattern[index + 1] == UInt8(ascii: "-") {
                if isInRange(byte, pattern[index], pattern[index + 2]) { isFound = true }
                index += 3
            } else {
                if isSame(pattern[index], byte) { isFound = true }
                index += 1
            }
        }
        return isFound != isNegated
    }

    private func isSame(_ first: UInt8, _ second: UInt8) -> Bool {
        first == second || (ignoresCase && first.lowercased == second.lowercased)
    }

    /// In C, where Redis compares them, the bytes above 127 are negative numbers.
    private func isInRange(_ byte: UInt8, _ first: UInt8, _ last: UInt8) -> Bool {
        var (low, high) = (Int8(bitPattern: first), Int8(bitPattern: last))
        if low > high { swap(&low, &high) }
        if !ignoresCase { return low <= Int8(bitPattern: byte) && Int8(bitPattern: byte) <= high }
        let letter = Int8(bitPattern: byte.lowercased)
        return low.lowercased <= letter && letter <= high.lowercased
    }
}

extension UInt8 {
    /// The small letter for a capital of ASCII; any other byte as it is.
    fileprivate var lowercased: UInt8 {
        (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self) ? self | 0x20 : self
    }
}

extension Int8 {
    fileprivate var lowercased: Int8 { Int8(bitPattern: UInt8(bitPattern: self).lowercased) }
}
