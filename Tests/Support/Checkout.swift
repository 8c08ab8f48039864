// Where this repository is, for tests of its texts and scripts.

public enum Checkout {
    public static let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")

    /// The folder above. In one that belongs to a larger repository, git would look for that one's files: told of this
    /// folder (GIT_CEILING_DIRECTORIES), it does not.
    public static let parent = folder.split(separator: "/", omittingEmptySubsequences: false).dropLast()
        .joined(separator: "/")
}
