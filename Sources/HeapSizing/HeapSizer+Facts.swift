internal import CTrackingRuntime

extension HeapSizer {
    /// Bytes in use in the heap of the allocator that serves the process; `nil` where it does not tell.
    package static var heapInUse: Int? {
        var bytes = 0
        return ct_heap_in_use(hasGlibcBlocks ? 1 : 0, &bytes) != 0 ? bytes : nil
    }

    /// Whether malloc gives blocks of glibc's, whoever stands in front of it.
    package static var hasGlibcBlocks: Bool { BlockSize.headersAreReadable }

    /// The allocator that serves the process, for people.
    package static var allocatorName: String { AllocatorCheck.name }

    /// Why no object is sized though its birth and its death can be observed; `nil` where it is.
    package static var refusal: HeapSizingError? { AllocatorCheck.refusal }

    /// Checks what observing births and deaths rests on; sizes may be off all the same.
    ///
    /// - Throws: ``HeapSizingError/assumptionFailed(_:)`` with the first thing that is different.
    package static func checkMetadata() throws(HeapSizingError) { try RuntimeCheck.result.get() }

    /// The address of the descriptor that all specialisations of a class have in common.
    package static func descriptor(of type: AnyClass) -> UInt { Metadata(type).descriptor?.address ?? 0 }

    /// Names the class that an object has now.
    ///
    /// - Parameter address: The address of an object that nobody holds.
    /// - Returns: `nil` where there is no object any more.
    package func className(ofObjectAt address: UInt) -> String? {
        var isa: UInt = 0
        withGuardedWalker { _ in isa = word(address) }
        return isa == 0 ? nil : LayoutCatalog.shared.className(Metadata(isa), identity: nil)
    }

    /// The name of a class without its module.
    ///
    /// - Parameters:
    ///   - metadata: The address of the class's metadata.
    ///   - identity: What `ct_identity_of_class` said of it.
    /// - Returns: `nil` where its library is gone.
    package static func className(_ metadata: UInt, identity: UInt64) -> String? {
        LayoutCatalog.shared.className(Metadata(metadata), identity: identity)
    }
}
