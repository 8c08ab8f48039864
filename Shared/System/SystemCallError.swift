// What a failed system call says: which call, errno and its text, and what the reader can do about it.

@preconcurrency @unsafe import Glibc

/// A system call that failed. Its description is one line for a person.
public struct SystemCallError: Error, CustomStringConvertible {
    /// The name of the C function, as in its manual page.
    public let call: StaticString
    /// The value errno had right after the call; 0 where the call does not use errno.
    public let code: CInt
    private let reason: String
    private let remedy: String?

    /// Takes errno as the last call left it, unless it is given.
    ///
    /// - Parameter remedy: what the user can do, or nil where there is nothing to say.
    public init(_ call: StaticString, code: CInt = errno, remedy: String? = nil) {
        self.call = call
        self.code = code
        self.reason = unsafe "\(String(cString: strerror(code))) (errno \(code))"
        self.remedy = remedy
    }

    /// For a call that reports its failures in its own way.
    init(_ call: StaticString, reason: String, remedy: String?) {
        self.call = call
        self.code = 0
        self.reason = reason
        self.remedy = remedy
    }

    /// The call, errno's text and the remedy, in one line.
    public var description: String {
        "\(call): \(reason)" + (remedy.map { ": \($0)" } ?? "")
    }
}

/// Repeats a system call for as long as a signal handler interrupts it (EINTR) before it has done anything.
/// Not for calls that only wait: `poll` and `epoll_wait` return, so that the loop sees what the signal changed. Nor
/// for `close`, because Linux has freed the number all the same.
///
/// - Returns: what the call returned; -1 with errno set when it failed for another reason.
@inline(__always)
func retryingOnInterrupt<Result: FixedWidthInteger>(_ call: () -> Result) -> Result {
    while true {
        let result = call()
        if result != -1 || errno != EINTR { return result }
    }
}
