internal import CTrackingRuntime

/// The way to an enum's payload by its value witnesses, which are code of the enum's library.
package struct EnumPayload: Sendable {
    private let witnesses: ValueWitnesses
    /// The address of the function that returns the case.
    private let function: UInt
    /// Indicates whether its library is never unloaded.
    private let isPermanent: Bool

    /// Reads the addresses of an enum's functions, as long as its library is loaded.
    package init(of metadata: Metadata) {
        witnesses = metadata.valueWitnesses
        function = witnesses.tagFunction
        isPermanent = ct_image_is_permanent(function) != 0
    }

    /// Replaces an enum by its payload, in the same memory.
    ///
    /// - Parameters:
    ///   - value: A copy of the enum.
    ///   - cases: How many cases have a payload; they come first.
    ///   - isInCopy: Whether this is a copy of the process: nothing is unloaded there, and the loader's lock may be
    ///     held by a thread that does not exist there.
    /// - Returns: The case; `nil` if it has no payload, or the library is gone.
    package func take(from value: UnsafeMutableRawPointer, cases: Int, isInCopy: Bool) -> Int? {
        if isPermanent { return take(from: value, cases) }
        func takeIfThere() -> Int? {
            let isThere = witnesses.tagFunction == function && canRead(function)
            return isThere && (isInCopy || RuntimeAccess.canSearch) ? take(from: value, cases) : nil
        }
        return isInCopy ? takeIfThere() : RuntimeAccess.withLibraries(takeIfThere)
    }

    private func take(from value: UnsafeMutableRawPointer, _ cases: Int) -> Int? {
        let tag = Int(witnesses.tag(of: value))
        guard tag < cases else { return nil }
        witnesses.projectPayload(in: value)
        return tag
    }
}
