// Memory that comes from the kernel page by page, and not from malloc: it is shared, or has to begin with a page.

@preconcurrency @unsafe import Glibc

/// Owns some pages.
@safe public struct Mapping: ~Copyable {
    /// Where they begin.
    public let start: UnsafeMutableRawPointer
    private let count: Int

    /// Maps memory of the kernel's that `descriptor` gives access to.
    /// The corresponding C function is `mmap`.
    public init(of descriptor: borrowing FileDescriptor, at offset: Int, count: Int) throws(SystemCallError) {
        try self.init(count, MAP_SHARED, descriptor.rawValue, offset)
    }

    /// Maps fresh memory, filled with zeros. A page costs nothing until it is touched.
    /// The corresponding C function is `mmap`.
    public init(count: Int) throws(SystemCallError) {
        try self.init(count, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    }

    private init(_ count: Int, _ flags: CInt, _ descriptor: CInt, _ offset: Int) throws(SystemCallError) {
        let start = unsafe mmap(nil, count, PROT_READ | PROT_WRITE, flags, descriptor, offset)
        guard let start = unsafe start, unsafe start != MAP_FAILED else { throw SystemCallError("mmap") }
        unsafe self.start = unsafe start
        self.count = count
    }

    deinit {
        _ = unsafe munmap(start, count)
    }
}
