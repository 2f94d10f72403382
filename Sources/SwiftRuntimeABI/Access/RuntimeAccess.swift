internal import CTrackingRuntime

/// The ways into the Swift runtime, which assumes that no library is ever unloaded.
package enum RuntimeAccess {
    /// Calls `body` while no library can be loaded or unloaded.
    ///
    /// Call this before you take any lock that `body` takes, because other threads take those locks within this call, too. `body`
    /// must not call code of the host, which may wait for a thread that opens a library.
    package static func withLibraries<Result>(_ body: () -> Result) -> Result {
        var result: Result?
        let visit = { result = body() }
        withoutActuallyEscaping(visit) { (visit: @escaping () -> Void) in
            var visit = visit
            withUnsafeMutablePointer(to: &visit) { pointer in
                ct_with_loader({ $0?.assumingMemoryBound(to: (() -> Void).self).pointee() }, pointer)
            }
        }
        // A process has at least one image, the program itself.
        return result ?? body()
    }

    /// Indicates whether the runtime can be asked about any type, and can search for conformances and for types by name; within
    /// ``withLibraries(_:)``.
    ///
    /// The runtime searches the sections of every library that was ever loaded, and keeps its results by address. Once a Swift
    /// library was unloaded, it is asked only about types of libraries that are never unloaded; the others are read without it.
    package static var canSearch: Bool { ct_runtime_can_search() != 0 }
}
