internal import SwiftRuntimeABI

/// The reason why an object cannot be sized in this process.
@nonexhaustive
public enum HeapSizingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The Swift runtime or the allocator does not have the layout that this library knows; the text names the
    /// assumption.
    case assumptionFailed(String)

    /// The process's allocator ends it when asked about a block that was freed meanwhile, or may do so; the text names
    /// it.
    case allocator(String)

    /// The guard against faults could not be set up; the number is an errno.
    case noGuard(Int32)

    /// The kernel gives no memory for the walk.
    case outOfMemory

    /// A type was declared to own memory through a stored property that it does not have.
    case noSuchProperty(String, type: String)

    /// A sentence that states the problem and the remedy.
    public var description: String {
        switch self {
        case .assumptionFailed(let assumption):
            "objects cannot be sized in this process: \(assumption); "
                + "this version of the library was made for the runtime of Swift \(SwiftVersions.known.joined(separator: " and "))"
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
