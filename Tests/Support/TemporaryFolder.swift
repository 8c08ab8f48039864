// Files that a test makes for itself.

import Foundation

/// A new folder, removed with all that is in it when the last reference to it goes.
public final class TemporaryFolder: Sendable {
    public let path: String

    public init() throws {
        let url = FileManager.default.temporaryDirectory.appendingPathComponent("five-servers-\(UUID().uuidString)")
        path = url.path
        try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    /// The path of a file in it, which need not be there.
    public func file(_ name: String) -> String { "\(path)/\(name)" }
}
