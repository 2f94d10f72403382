internal import CTrackingRuntime
internal import SwiftRuntimeABI

extension HeapSizer {
    /// The bytes in use in the heap of the process's allocator; `nil` if it does not report them.
    package static var heapInUse: Int? {
        var bytes = 0
        return ct_heap_in_use(hasGlibcBlocks ? 1 : 0, &bytes) != 0 ? bytes : nil
    }

    /// Indicates whether glibc allocates the blocks, even if another library is called first.
    package static var hasGlibcBlocks: Bool { BlockSize.headersAreReadable }

    /// The name of the process's allocator, for people.
    package static var allocatorName: String { AllocatorCheck.name }

    /// The reason why no object is sized although births and deaths can be observed; `nil` if objects are sized.
    package static var refusal: HeapSizingError? { AllocatorCheck.refusal }

    /// Checks the assumptions for observing births and deaths; sizing may be impossible all the same.
    ///
    /// - Throws: ``HeapSizingError/assumptionFailed(_:)`` with the first wrong assumption.
    package static func checkMetadata() throws(HeapSizingError) { try WalkCheck.result.get() }

    /// Returns the name of an object's current class.
    ///
    /// - Parameter address: The address of an object that may be freed.
    /// - Returns: `nil` if there is no object any more.
    package func className(ofObjectAt address: UInt) -> String? {
        var isa: UInt = 0
        withGuardedWalker { _ in isa = word(address) }
        return isa == 0 ? nil : LayoutCatalog.shared.className(Metadata(isa), identity: nil)
    }

    /// Returns the name of a class without its module.
    ///
    /// - Parameters:
    ///   - metadata: The address of the class's metadata.
    ///   - identity: The result of `ct_identity_of_class` for it.
    /// - Returns: `nil` if its library was unloaded.
    package static func className(_ metadata: UInt, identity: UInt64) -> String? {
        LayoutCatalog.shared.className(Metadata(metadata), identity: identity)
    }
}
