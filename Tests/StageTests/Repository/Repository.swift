// What the tests of this repository's own text have in common.

import Foundation
import LabKit
import TestSupport
import Testing

/// The checkout, seen as files.
enum Repository {
    static func text(_ path: String) throws -> String {
        try #require(ProcessFacts.text("\(Checkout.folder)/\(path)"), "cannot read \(path)")
    }

    /// What is in a folder, in order.
    static func names(in folder: String) -> [String] {
        ((try? FileManager.default.contentsOfDirectory(atPath: "\(Checkout.folder)/\(folder)")) ?? []).sorted()
    }

    /// Checks that patches, which the shell command `patches` prints, apply one after the other.
    static func expectToApply(_ patches: String, _ options: String = "") throws {
        // In a folder of a larger repository git would look for that one's files: told not to look above, it does not.
        let script = """
            cd "$0" && export GIT_CEILING_DIRECTORIES=$(dirname "$0")
            (\(patches)) | git apply --check \(options)
            """
        let result = try TestProcess.run(["sh", "-c", script, Checkout.folder])
        #expect(result.status == .exited(0), "\(result.output)")
    }
}
