// What is done when the system has no memory left for a buffer or a key: the program says so, and ends.

@preconcurrency @unsafe import Glibc

extension Memory {
    /// Ends the program with one line on standard error, and status 1. No request is executed by halves: nobody is told
    /// that it was. It takes no memory, and runs nothing that is registered for the end, for this may be any thread.
    /// The corresponding C functions are `write` and `_exit`.
    @inline(never)
    static func exhausted(_ count: Int, for purpose: StaticString) -> Never {
        // On the stack. The purposes are a word or two, and a number has 19 digits at most.
        unsafe withUnsafeTemporaryAllocation(of: UInt8.self, capacity: 200) { text in
            var length = 0
            func add(_ byte: UInt8) {
                unsafe text[length] = byte
                length += 1
            }
            func add(_ words: StaticString) {
                for index in 0..<words.utf8CodeUnitCount { add(unsafe words.utf8Start[index]) }
            }
            func add(_ number: Int) {
                if number > 9 { add(number / 10) }
                add(UInt8(ascii: "0") + UInt8(number % 10))
            }
            add("out of memory: the system refused ")
            add(count)
            add(" bytes for ")
            add(purpose)
            add("; the server ends\n")
            _ = unsafe write(STDERR_FILENO, text.baseAddress, length)
        }
        _exit(1)
    }
}
