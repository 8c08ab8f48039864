// Where this repository is, for tests of its texts and scripts.

public enum Checkout {
    public static let folder = #filePath.split(separator: "/", omittingEmptySubsequences: false).dropLast(3)
        .joined(separator: "/")
}
