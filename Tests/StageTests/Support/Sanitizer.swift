// Under a sanitizer (`swift test --sanitize=thread`, with SANITIZED=1 in the environment) memory and calls are not the
// program's own any more. What cannot be told then is left out, and said to be.

@preconcurrency import Glibc
import Testing

enum Sanitizer {
    static let isOn = getenv("SANITIZED") != nil

    /// Threads that every process has beside its own, once it has started one: the thread sanitizer's.
    static let threads = dlsym(nil, "__tsan_init") == nil ? 0 : 1
}

extension Trait where Self == ConditionTrait {
    /// For a test that is skipped under a sanitizer, and says why.
    static func withoutSanitizer(_ reason: Comment) -> Self { .enabled(if: !Sanitizer.isOn, reason) }
}
