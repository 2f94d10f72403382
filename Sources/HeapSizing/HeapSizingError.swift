/// Why something cannot be sized in this process.
public enum HeapSizingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The Swift runtime or the allocator is not laid out as this library knows it; the text says what was expected.
    case assumptionFailed(String)

    /// The process allocates with an allocator that ends it when it is asked about a block that was freed meanwhile, or of which
    /// that is not known; the text names it.
    case allocator(String)

    /// The guard against faults could not be set up; the number is an errno.
    case noGuard(Int32)

    /// The kernel gives no memory to walk with.
    case outOfMemory

    /// A type was said to own memory by a stored property that it does not have.
    case noSuchProperty(String, type: String)

    /// What is wrong and what can be done.
    public var description: String {
        switch self {
        case .assumptionFailed(let assumption):
            "objects cannot be sized in this process: \(assumption); "
                + "this version of the library was made for the runtime of Swift 6.3"
        case .allocator(let name):
            "sizes are off: the process allocates with \(name), which may end it when it is asked about a block that was "
                + "freed meanwhile; births and deaths are counted. glibc, jemalloc, tcmalloc and mimalloc can be asked."
        case .noGuard(let error):
            "objects cannot be sized in this process: the handlers of SIGSEGV and SIGBUS could not be set (errno \(error))"
        case .outOfMemory: "objects cannot be sized in this process: there is no memory to walk them with"
        case .noSuchProperty(let path, let type):
            "\(type) has no stored property \(path); memory is declared by the names of stored properties, "
                + "as in \"header.count\""
        }
    }
}
