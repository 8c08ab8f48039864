// The smallest part of a failing input that still fails: what a person wants to look at.

/// Drops elements for as long as `fails` stays true of the rest: halves first, then ever smaller pieces, down to
/// single elements (Zeller's delta debugging).
///
/// - Parameter limit: the most calls of `fails`.
func shrink<Element>(_ elements: [Element], limit: Int = 2000, while fails: ([Element]) throws -> Bool) rethrows
    -> [Element]
{
    var rest = elements
    var size = max(1, rest.count / 2)
    var calls = 0
    while true {
        var hasDropped = false
        var start = 0
        while start < rest.count && calls < limit {
            let shorter = Array(rest[..<start] + rest[min(rest.count, start + size)...])
            calls += 1
            if try fails(shorter) {
                rest = shorter
                hasDropped = true
            } else {
                start += size
            }
        }
        if calls >= limit || (size == 1 && !hasDropped) { return rest }
        size = max(1, hasDropped ? min(size, rest.count / 2) : size / 2)
    }
}
