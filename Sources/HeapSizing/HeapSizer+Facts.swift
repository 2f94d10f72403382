internal import CTrackingRuntime

extension HeapSizer {
    /// Bytes in use in glibc's heap; `nil` where another allocator serves the program, of which glibc knows nothing.
    package static var heapInUse: Int? { BlockSize.headersAreReadable ? Int(ct_heap_in_use()) : nil }

    /// Bytes of an instance of a class, with the header and without what is allocated behind it.
    package static func instanceSize(of type: AnyClass) -> Int { Metadata(type).instanceSize }

    /// The address of the descriptor that all specialisations of a class have in common.
    package static func descriptor(of type: AnyClass) -> UInt { Metadata(type).descriptor?.address ?? 0 }

    /// Names the class that an object has now.
    ///
    /// - Parameter address: The address of an object that nobody holds.
    /// - Returns: `nil` where there is no object any more.
    package func className(ofObjectAt address: UInt) -> String? {
        var name: String?
        withGuardedWalker { walker in
            let isa = word(address)
            if walker.isMetadataOfObject(isa), Metadata(isa).kind == .classType { name = Metadata(isa).name }
        }
        return name
    }
}
