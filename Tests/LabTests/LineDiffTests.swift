import LabKit
import Testing

@testable import lab

@Suite("Differences") struct LineDiffTests {
    private func hunks(_ old: String, _ new: String, context: Int = 1, gap: Int = 1) -> [String] {
        let lines = { (text: String) in text.map { String($0) } }
        return LineDiff.hunks(from: lines(old), to: lines(new), context: context, gap: gap).map { hunk in
            hunk.header + hunk.lines.map { "\($0.kind.rawValue)\($0.text)" }.joined()
        }
    }

    @Test func equalTextsDoNotDiffer() {
        #expect(hunks("abc", "abc") == [])
        #expect(hunks("", "") == [])
    }

    @Test func aChangeStandsBetweenWhatIsAroundIt() {
        #expect(hunks("abcde", "abXde") == ["@@ -2,3 +2,3 @@ b-c+X d"])
        #expect(hunks("abc", "abcX") == ["@@ -3,1 +3,2 @@ c+X"])
        #expect(hunks("abc", "bc") == ["@@ -1,2 +1,1 @@-a b"])
        #expect(hunks("", "ab") == ["@@ -1,0 +1,2 @@+a+b"])
    }

    @Test func changesCloseToEachOtherAreOneHunk() {
        #expect(hunks("abcdefgh", "aXcYefgh") == ["@@ -1,5 +1,5 @@ a-b+X c-d+Y e"])
        #expect(hunks("abcdefgh", "aXcdefYh").count == 2)
        #expect(hunks("abcdefgh", "aXcdefYh", gap: 4).count == 1)
    }

    @Test func bothTextsComeBackFromTheLines() {
        var random = SplitMix(seed: 11)
        let text = { (0..<30).map { _ in String(random.next() % 4) } }
        for _ in 0..<200 {
            let (old, new) = (text(), text())
            let lines = LineDiff.lines(from: old, to: new)
            #expect(lines.filter { $0.kind != .added }.map(\.text) == old)
            #expect(lines.filter { $0.kind != .removed }.map(\.text) == new)
        }
    }
}
