internal import CTrackingRuntime

extension ContextDescriptor {
    /// Returns the descriptor of the type with this path in any image, or `nil` if there is none or more than one.
    ///
    /// It searches the field descriptors, because the list of types leaves out noncopyable ones.
    static func find(path: ArraySlice<UInt8>, named name: [UInt8]) -> ContextDescriptor? {
        var found: ContextDescriptor?
        var isAmbiguous = false
        for section in fieldSections() {
            forEachType(in: section) { descriptor in
                guard descriptor.isType(named: name), descriptor.mangledPath?.elementsEqual(path) == true else {
                    return
                }
                isAmbiguous = isAmbiguous || (found != nil && found != descriptor)
                found = descriptor
            }
        }
        return isAmbiguous ? nil : found
    }

    private static func fieldSections() -> [ct_field_section] {
        // An image that is loaded between the two calls is found the next time.
        let capacity = ct_field_sections(nil, 0)
        guard capacity > 0 else { return [] }
        return Array(unsafeUninitializedCapacity: capacity) { buffer, count in
            count = min(ct_field_sections(buffer.baseAddress, buffer.count), buffer.count)
        }
    }

    private static func forEachType(in section: ct_field_section, _ body: (ContextDescriptor) -> Void) {
        var at = section.start
        let end = section.start + UInt(section.length)
        while end - at >= FieldDescriptor.headerSize {
            let fields = FieldDescriptor(address: at)
            guard fields.size <= end - at else { return }
            if let type = fields.type { body(type) }
            at += fields.size
        }
    }
}
